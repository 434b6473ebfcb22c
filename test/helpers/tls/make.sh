#!/bin/sh
# Makes the certificates that the tests' receivers use. They are checked in; run it again only to change them.
# key.pem is the one key of all of them and protects nothing.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

openssl ecparam -name prime256v1 -genkey -noout -out key.pem
touch "$work/index.txt"
cat > "$work/ca.cnf" <<EOF
[ca]
default_ca = tests
[tests]
database = $work/index.txt
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
EOF

# certificate FILE NAME START END EXTENSION ISSUER…
certificate() {
  file=$1 name=$2 from=$3 until=$4 extension=$5
  shift 5
  openssl req -new -key key.pem -subj "/CN=$name" -addext "$extension" -out "$work/request.pem"
  openssl ca -batch -notext -config "$work/ca.cnf" -keyfile key.pem -in "$work/request.pem" \
    -startdate "$from" -enddate "$until" -out "$file" "$@"
}

begin=20200101000000Z
end=21191231000000Z
certificate ca.pem 'Hookwatch tests' $begin $end basicConstraints=critical,CA:true -selfsign
certificate self-signed.pem hooks.test $begin $end subjectAltName=DNS:hooks.test -selfsign
certificate valid.pem hooks.test $begin $end subjectAltName=DNS:hooks.test,DNS:localhost,IP:127.0.0.1 -cert ca.pem
certificate other-host.pem other.test $begin $end subjectAltName=DNS:other.test -cert ca.pem
certificate expired.pem hooks.test $begin 20210101000000Z subjectAltName=DNS:hooks.test -cert ca.pem
certificate future.pem hooks.test 21190101000000Z $end subjectAltName=DNS:hooks.test -cert ca.pem
