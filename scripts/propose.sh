#!/bin/sh
# Commit what has changed in this clone to a branch of its own, push it and open a pull request for it.
# usage: scripts/propose.sh BRANCH TITLE
# Variables: GH_TOKEN, a token that may push and open pull requests; BASE the branch that it is for (default main).
# A branch of that name is written anew, and the pull request that is open for it then has the new state.
set -eu
cd "$(dirname "$0")/.."
branch=$1
title=$2
base=${BASE:-main}
case $branch in
  "" | -* | "$base" | main | master)
    echo "make propose: '$branch' is no branch for a proposal." >&2
    echo "  Name one that is not the base: make propose BRANCH=update/dependencies TITLE='Update the dependencies'" >&2
    exit 2
    ;;
esac
if [ -z "$(git status --porcelain)" ]; then
  echo "Nothing has changed: there is nothing to propose." >&2
  exit 0
fi
command -v gh >/dev/null 2>&1 || {
  echo "make propose: the program gh is missing." >&2
  echo "  Install GitHub's command line, or commit, push and open the pull request by hand." >&2
  exit 1
}
git switch --quiet --force-create "$branch"
git add --all
git -c user.name="${GIT_AUTHOR_NAME:-github-actions[bot]}" \
  -c user.email="${GIT_AUTHOR_EMAIL:-41898282+github-actions[bot]@users.noreply.github.com}" \
  commit --quiet --message "$title"
# gh answers git's question for a password for this one push: nothing of it is kept in the clone.
git -c credential.helper= -c credential.helper='!gh auth git-credential' push --quiet --force origin "HEAD:refs/heads/$branch"
if [ -n "$(gh pr list --head "$branch" --base "$base" --state open --json url --jq '.[].url')" ]; then
  gh pr list --head "$branch" --base "$base" --state open --json url --jq '.[].url'
else
  gh pr create --base "$base" --head "$branch" --title "$title" --body "Made by \`make propose\`. Look at the difference, and let the checks run before the merge."
fi
