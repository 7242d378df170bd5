#!/bin/sh
# Onboards one customer with curl alone, and waits for the end.
#
#   ONBOARD_TOKEN=$(cat .data/admin-token) sh examples/onboard.sh 000000000101 us-east-1 c-1001
#
# ONBOARD_URL: where the service is (http://127.0.0.1:3000). Prints the ARN; ends with 1 when there is none.
set -eu
account=$1 region=$2 customer=$3
url=${ONBOARD_URL:-http://127.0.0.1:3000}

# --retry repeats after lost connections, 429 and 503, and obeys Retry-After. The key makes a repetition get the first
# call's answer; it is this customer's, so that running the script once more is a repetition too.
answer=$(curl -sS --retry 5 --retry-all-errors --retry-max-time 30 "$url/v1/onboardings" \
  -H "authorization: Bearer $ONBOARD_TOKEN" -H 'content-type: application/json' \
  -H "idempotency-key: onboard-sh-$customer-$account-$region" \
  -d "{\"account\":\"$account\",\"region\":\"$region\",\"eventNamespace\":\"customers/$customer\",\"eventName\":\"orders\"}")
id=$(printf '%s' "$answer" | sed -n 's/.*"id":"\(onb_[0-9a-z]*\)".*/\1/p')
if [ -z "$id" ]; then
  printf '%s\n' "$answer" >&2
  exit 1
fi

while :; do
  # Answers as soon as it has ended, else after 20 seconds.
  answer=$(curl -sS --retry 5 --retry-all-errors "$url/v1/onboardings/$id?wait=20" \
    -H "authorization: Bearer $ONBOARD_TOKEN")
  case $answer in
    *'"status":"provisioned"'*)
      printf '%s\n' "$answer" | sed 's/.*"eventSourceArn":"\([^"]*\)".*/\1/'
      exit 0 ;;
    *'"status":"failed"'* | *'"status":"cancelled"'*)
      printf '%s\n' "$answer" >&2
      exit 1 ;;
  esac
done
