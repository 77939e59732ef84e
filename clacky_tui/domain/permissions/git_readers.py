"""Git commands that only ask about the repository, with their options (notation: `options`).

Left out: what writes (``--output``), runs programs (``--ext-diff``, ``--textconv``, ``-O``), signature
checks (they start gpg) and the network.
"""

from __future__ import annotations

from collections.abc import Mapping

_DIFF = (
    "-abpuswzRrtBcmD -U? -M? -C? -W -G: -S: -l: # --cached --staged --stat? --shortstat --numstat"
    " --summary --name-only --name-status --patch --no-patch --patch-with-stat --check --word-diff?"
    " --word-diff-regex= --color-words? --color-moved? --color? --no-color --raw --minimal"
    " --patience --histogram --anchored= --diff-algorithm= --dirstat? --compact-summary"
    " --ignore-all-space --ignore-space-change --ignore-space-at-eol --ignore-blank-lines"
    " --ignore-cr-at-eol --ignore-matching-lines= --ignore-submodules? --no-ext-diff"
    " --no-textconv --find-renames? --find-copies? --find-copies-harder --no-renames"
    " --function-context --diff-filter= --unified? --inter-hunk-context= --full-index --abbrev?"
    " --exit-code --quiet --text --relative? --no-relative --no-prefix --src-prefix= --dst-prefix="
    " --line-prefix= --submodule? --merge-base --pickaxe-all --pickaxe-regex --binary --cc"
    " --combined-all-paths --first-parent --no-diff-merges"
)
_LOG = (
    f"{_DIFF} -n: -g -i -E -F -P -L: --oneline --graph --all --branches? --tags? --remotes? --glob="
    " --exclude= --decorate? --no-decorate --decorate-refs= --no-merges --merges --reverse --follow"
    " --abbrev-commit --no-abbrev-commit --ancestry-path --full-history --dense --sparse"
    " --simplify-merges --simplify-by-decoration --left-right --left-only --right-only"
    " --cherry-pick --cherry-mark --cherry --boundary --topo-order --date-order --author-date-order"
    " --max-count= --skip= --since= --after= --until= --before= --author= --committer= --grep="
    " --all-match --invert-grep --regexp-ignore-case --extended-regexp --fixed-strings"
    " --perl-regexp --date= --format= --pretty? --relative-date --walk-reflogs --source --parents"
    " --children --log-size --no-notes --notes? --min-parents= --max-parents= --count --clear-decorations"
    " --not --no-walk? --encoding= --no-mailmap --use-mailmap"
)
_REVISIONS = "paths"
_REFS = (
    "--contains= --no-contains= --merged= --no-merged= --points-at= --sort= --format= --color?"
    " --no-color --column? --no-column --ignore-case"
)

GIT_READERS: Mapping[str, str] = {
    "status": (
        "-sbvz -u? --short --branch --porcelain? --long --ignored? --verbose --show-stash --null"
        " --untracked-files? --ahead-behind --no-ahead-behind --renames --no-renames"
        f" --find-renames? --column? --no-column --ignore-submodules? {_REVISIONS}"
    ),
    "diff": f"{_DIFF} --no-index {_REVISIONS}",
    "log": f"{_LOG} {_REVISIONS}",
    "show": f"{_LOG} {_REVISIONS}",
    "whatchanged": f"{_LOG} {_REVISIONS}",
    "rev-list": f"{_LOG} --objects --disk-usage {_REVISIONS}",
    "shortlog": (
        "-snecw --summary --numbered --email --group= --since= --until= --after= --before="
        f" --author= --no-merges --merges --all --format= --grep= {_REVISIONS}"
    ),
    "diff-tree": f"{_DIFF} --no-commit-id --root --pretty? --always {_REVISIONS}",
    "diff-index": f"{_DIFF} {_REVISIONS}",
    "diff-files": f"{_DIFF} {_REVISIONS}",
    "range-diff": f"{_DIFF} --creation-factor= --no-dual-color {_REVISIONS}",
    "blame": (
        "-befhlnpstwc -L: -M? -C? --root --show-stats --porcelain --line-porcelain --incremental"
        " --date= --since= --show-name --show-number --show-email --abbrev? --color-lines"
        f" --color-by-age --first-parent --ignore-rev= {_REVISIONS}"
    ),
    "ls-files": (
        "-cdmosutvzkif -x: --cached --deleted --modified --others --ignored --stage --unmerged"
        " --killed --exclude= --exclude-standard --directory --no-empty-directory --error-unmatch"
        f" --full-name --abbrev? --eol --debug --deduplicate --format= {_REVISIONS}"
    ),
    "ls-tree": (
        "-drtlz --long --name-only --name-status --full-name --full-tree --abbrev? --object-only"
        f" --format= {_REVISIONS}"
    ),
    "grep": (
        "-abcEFGHhiIlLnoPpqvWwz -e:! -f@! -A: -B: -C: -m: # --cached --untracked --recursive"
        " --no-recursive --ignore-case --word-regexp --invert-match --full-name --extended-regexp"
        " --basic-regexp --perl-regexp --fixed-strings --line-number --column --files-with-matches"
        " --name-only --files-without-match --null --only-matching --count --color? --no-color"
        " --break --heading --show-function --context= --after-context= --before-context="
        " --function-context --max-depth= --all-match --and --or --not --quiet --text"
        " --exclude-standard --max-count= pattern"
    ),
    "rev-parse": (
        "-q --short? --abbrev-ref? --verify --quiet --symbolic --symbolic-full-name --all"
        " --branches? --tags? --remotes? --show-toplevel --show-prefix --show-cdup --git-dir"
        " --absolute-git-dir --git-common-dir --is-inside-work-tree --is-inside-git-dir"
        " --is-bare-repository --is-shallow-repository --show-superproject-working-tree"
        f" --show-object-format? --revs-only --no-revs --flags --no-flags --sq {_REVISIONS}"
    ),
    "branch": f"-arvi --all --remotes --list --verbose --show-current --abbrev? {_REFS} listed",
    "tag": f"-li -n? --list {_REFS} listed",
    "remote": "-v --verbose none",
    "remote get-url": "--push --all texts",
    "stash list": f"{_LOG} {_REVISIONS}",
    "stash show": f"{_DIFF} --include-untracked --only-untracked {_REVISIONS}",
    "reflog": f"{_LOG} none",
    "reflog show": f"{_LOG} {_REVISIONS}",
    "worktree list": "-vz --porcelain --verbose none",
    "describe": (
        "--tags --all --always --long --dirty? --broken? --abbrev? --match= --exclude= --contains"
        f" --candidates= --exact-match --first-parent {_REVISIONS}"
    ),
    "merge-base": f"-a --all --is-ancestor --fork-point --octopus --independent {_REVISIONS}",
    "cat-file": f"-pets {_REVISIONS}",
    "name-rev": f"--tags --refs= --name-only --always --all {_REVISIONS}",
    "for-each-ref": (
        "--format= --sort= --count= --contains= --no-contains= --merged= --no-merged= --points-at="
        " --color? --omit-empty texts"
    ),
    "show-ref": "-dqs --head --heads --branches --tags --dereference --hash? --abbrev? --verify texts",
    "show-branch": "-ar --all --remotes --list --current --topo-order --no-color texts",
    "cherry": "-v texts",
    "check-ignore": f"-nqvz --verbose --quiet --non-matching --no-index {_REVISIONS}",
    "check-attr": f"-az --all --cached {_REVISIONS}",
    "count-objects": "-vH --verbose --human-readable none",
    "version": "--build-options none",
}

GIT_GLOBAL_FLAGS = frozenset(("--no-pager", "-P", "--no-optional-locks", "--literal-pathspecs"))

HARMLESS_CONFIG_KEYS = (
    r"user\.(?:name|email)|core\.\w+|remote\.[\w-]+\.(?:url|fetch)|branch\.[\w/-]+\.\w+"
    r"|init\.defaultbranch|pull\.rebase|push\.default|merge\.ff"
)
"""Settings whose value is no secret, asked for by name."""
