#!/bin/sh
# From credentials to a paid declaration with curl.
#   CUSTOMHOUSE=http://127.0.0.1:8500 CLIENT=cl_... SECRET=cs_... sh lodge_and_pay.sh
set -eu
here=$(dirname "$0")
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

token=$(curl -sS -u "$CLIENT:$SECRET" -d grant_type=client_credentials "$CUSTOMHOUSE/api/v1/oauth/token" |
    tr -d ' ' | field access_token)
lrn="SH-$(date +%s)-$$"
answer=$(sed "s/YOUR-REF-0001/$lrn/" "$here/declaration.json" | curl -sS --data-binary @- \
    -H "Authorization: Bearer $token" -H "Content-Type: application/json" "$CUSTOMHOUSE/api/v1/declarations")
mrn=$(printf '%s' "$answer" | field mrn)
echo "accepted as $mrn"
# Ask for the payment order, and pay it at the page of the stand-in for a provider.
page=$(curl -sS -X POST -H "Authorization: Bearer $token" "$CUSTOMHOUSE/api/v1/declarations/$mrn/payments" | field url)
echo "payment $(curl -sS -d pay=1 "$page" | tr -d ' ' | field status)"
curl -sS -H "Authorization: Bearer $token" "$CUSTOMHOUSE/api/v1/declarations/$mrn" | field stage
