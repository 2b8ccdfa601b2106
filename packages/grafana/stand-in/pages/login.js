const form = document.getElementById('login')
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const fields = Object.fromEntries(new FormData(form))
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch('/login', { method: 'POST', headers, body: JSON.stringify(fields) })
  if (!answer.ok) {
    document.getElementById('said').textContent = (await answer.json()).message
    return
  }
  // Back to where it was asked for: a path here, never another server.
  const wanted = new URL(new URLSearchParams(location.search).get('redirectTo') ?? '/', location.origin)
  location.assign(wanted.origin === location.origin ? wanted.pathname + wanted.search : '/')
})
