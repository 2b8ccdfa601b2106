const form = document.getElementById('login')
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const fields = Object.fromEntries(new FormData(form))
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch('/login', { method: 'POST', headers, body: JSON.stringify(fields) })
  // Read in any case: the page is about to be left.
  const { message } = await answer.json()
  if (!answer.ok) {
    document.getElementById('said').textContent = message
    return
  }
  // Back to where it was asked for: a path here, never another server.
  const wanted = new URL(new URLSearchParams(location.search).get('redirectTo') ?? '/', location.origin)
  location.assign(wanted.origin === location.origin ? wanted.pathname + wanted.search : '/')
})
