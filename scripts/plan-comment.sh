#!/bin/sh
# Plan an environment and put the plan on a pull request as a comment, one for each environment, which the next run changes.
# usage: scripts/plan-comment.sh ENV
# Variables: PR its number; GITHUB_REPOSITORY owner/name and GH_TOKEN a token that may comment, as GitHub Actions has both.
# Without PR the page goes to stdout, and nothing is asked of GitHub.
set -eu
cd "$(dirname "$0")/.."
environment=$1
awa=${AWA:-.venv/bin/awa-batch}
if [ -z "${PR:-}" ]; then
  exec "$awa" plan -E "$environment" -o markdown
fi
command -v gh >/dev/null 2>&1 || {
  echo "make plan-comment: the program gh is missing." >&2
  echo "  Install GitHub's command line, or leave PR out: the page then goes to stdout." >&2
  exit 1
}
repository=${GITHUB_REPOSITORY:?names the repository, owner/name}
page=$(mktemp)
trap 'rm -f "$page"' EXIT
"$awa" plan -E "$environment" -o markdown >"$page"
# Of a bot alone: anybody may write a comment that begins so.
mark=$(head -n 1 "$page")
id=$(gh api --paginate "repos/$repository/issues/$PR/comments" \
  --jq ".[] | select(.user.type == \"Bot\" and (.body | startswith(\"$mark\"))) | .id" | head -n 1)
if [ -n "$id" ]; then
  gh api --method PATCH "repos/$repository/issues/comments/$id" --field "body=@$page" --jq .html_url
else
  gh api --method POST "repos/$repository/issues/$PR/comments" --field "body=@$page" --jq .html_url
fi
