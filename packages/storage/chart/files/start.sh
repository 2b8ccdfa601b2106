# The start of the MySQL container, for any POSIX sh: the image may be upstream's or one with no entry point at all.
# `start.sh` makes a fresh volume's data, and becomes the server. `start.sh sql` prints the accounts' SQL, for the tests.
set -eu
umask 077

config=/etc/mysql-release/my.cnf
volume=/var/lib/mysql
run=/run/mysqld

# Passwords come as hexadecimal: no quote, backslash or line break in them can end the literal early.
hexadecimal() {
  printf %s "$1" | od -An -v -tx1 | tr -d ' \n'
}

# identify ACCOUNT PASSWORD: the account, with this password whatever it had before.
identify() {
  echo "CREATE USER IF NOT EXISTS $1;"
  echo "SET @statement = CONCAT('ALTER USER $1 IDENTIFIED BY ', QUOTE(CONVERT(x'$(hexadecimal "$2")' USING utf8mb4)), ' ACCOUNT UNLOCK');"
  echo 'PREPARE statement FROM @statement;'
  echo 'EXECUTE statement;'
}

# Run at every start, so that what someone did to these accounts lasts until the next one at most. Names are double-quoted
# in here, and the chart's schema lets no quotes into them.
accounts() {
  # Not into the general log, nor to replicas.
  echo "SET SESSION sql_mode = '', SESSION sql_log_off = ON, SESSION sql_log_bin = OFF;"
  identify '"root"@"localhost"' "$ROOT_PASSWORD"
  echo 'GRANT ALL ON *.* TO "root"@"localhost" WITH GRANT OPTION;'
  if [ "$ROOT_FROM_ANYWHERE" = true ]; then
    identify '"root"@"%"' "$ROOT_PASSWORD"
    echo 'GRANT ALL ON *.* TO "root"@"%" WITH GRANT OPTION;'
  else
    echo 'DROP USER IF EXISTS "root"@"%";'
  fi
  echo 'DROP USER IF EXISTS ""@"%", ""@"localhost";'
  echo "CREATE DATABASE IF NOT EXISTS \`$MYSQL_DATABASE\`;"
  identify "\"$MYSQL_USER\"@\"%\"" "$USER_PASSWORD"
  # In a grant, _ stands for any character.
  echo "GRANT ALL ON \`$(printf %s "$MYSQL_DATABASE" | sed 's/_/\\_/g')\`.* TO \"$MYSQL_USER\"@\"%\";"
  identify '"exporter"@"127.0.0.1"' "$EXPORTER_PASSWORD"
  echo 'GRANT PROCESS, REPLICATION CLIENT ON *.* TO "exporter"@"127.0.0.1";'
  echo 'GRANT SELECT ON performance_schema.* TO "exporter"@"127.0.0.1";'
  identify '"probe"@"localhost"' "$PROBE_PASSWORD"
  # One connection is kept for it when all others are taken: a busy server is not a dead one.
  echo 'GRANT CONNECTION_ADMIN ON *.* TO "probe"@"localhost";'
}

# In a folder of its own that is renamed when it is whole: whoever is killed here leaves nothing that looks like data.
# What would be synced file by file is synced once, before the rename.
initialise() {
  rm -rf "$volume/initialising"
  [ -d "$volume/data" ] && return
  mkdir "$volume/initialising"
  mysqld --defaults-file="$config" --datadir="$volume/initialising" --initialize-insecure \
    --innodb-flush-method=nosync --innodb-doublewrite=OFF --innodb-flush-log-at-trx-commit=0 &
  server=$!
  # The first process of a container is spared by signals that it does not handle.
  trap 'kill "$server"; wait "$server"; exit 143' TERM INT
  wait "$server"
  trap - TERM INT
  sync -f "$volume"
  mv "$volume/initialising" "$volume/data"
  sync -f "$volume"
}

if [ "${1-}" = sql ]; then
  accounts
  exit
fi

initialise
accounts >"$run/accounts.sql"
printf '[client]\nsocket=%s\nuser=probe\npassword="%s"\n' "$run/mysqld.sock" \
  "$(printf %s "$PROBE_PASSWORD" | sed 's/[\\"]/\\&/g')" >"$run/probe.cnf"
unset ROOT_PASSWORD USER_PASSWORD EXPORTER_PASSWORD PROBE_PASSWORD
# In place of the shell: it is the server that is told to stop.
exec mysqld --defaults-file="$config" --init-file="$run/accounts.sql"
