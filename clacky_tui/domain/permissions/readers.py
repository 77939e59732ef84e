"""Programs that only read, with the options that keep them so (notation: `options`).

Left out on purpose: what writes, runs other programs, follows links out of the project, reads
lists of file names, or never ends.
"""

from __future__ import annotations

from collections.abc import Mapping

_GREP = (
    "-EFGPabcHhiILlnoqsvwxyzrTUuZ -e:! -f@! -A: -B: -C: -m: -d: -D: # --recursive --count"
    " --ignore-case --no-ignore-case --line-number --invert-match --word-regexp --line-regexp"
    " --only-matching --extended-regexp --fixed-strings --perl-regexp --basic-regexp"
    " --files-with-matches --files-without-match --no-messages --quiet --silent --text"
    " --with-filename --no-filename --null --color? --colour? --regexp=! --file@!"
    " --after-context= --before-context= --context= --max-count= --include= --exclude="
    " --exclude-dir= --binary-files= --initial-tab --byte-offset --line-buffered pattern"
)
_SUM = "-btz --binary --text --tag --zero paths"

READERS: Mapping[str, str] = {
    "ls": (
        "-1AaBCFGHNQRSUXZbcdfghiklmnopqrstuvx -w: -I: -T: --all --almost-all --author --escape"
        " --block-size= --color? --directory --classify? --file-type --format= --full-time"
        " --group-directories-first --no-group --human-readable --si --hide= --hyperlink?"
        " --inode --ignore= --kibibytes --numeric-uid-gid --literal --quote-name --reverse"
        " --recursive --size --sort= --time= --time-style= --width= --zero paths"
    ),
    "pwd": "-LP none",
    "cat": (
        "-AETbenstuv --number --number-nonblank --show-all --show-ends --show-tabs"
        " --show-nonprinting --squeeze-blank paths"
    ),
    "tac": "-b -s: --separator= paths",
    "rev": "paths",
    "nl": "-b: -d: -f: -h: -i: -l: -n: -s: -v: -w: -p --body-numbering= --number-width= paths",
    "head": "-n: -c: -qvz # --lines= --bytes= --quiet --silent --verbose paths",
    "tail": "-n: -c: -qvz # --lines= --bytes= --quiet --silent --verbose paths",
    "wc": "-Lclmw --bytes --chars --lines --words --max-line-length --total= paths",
    "file": (
        "-bhiIkNnprsv0 -F: --brief --mime --mime-type --mime-encoding --no-dereference"
        " --keep-going --separator= paths"
    ),
    "stat": "-Lftx -c: --dereference --terse --file-system --format= --printf= paths",
    "du": (
        "-DSabchkmsx0P -d: -B: -t: --all --apparent-size --human-readable --summarize --total"
        " --bytes --si --max-depth= --threshold= --exclude= --one-file-system --separate-dirs"
        " --block-size= --time? paths"
    ),
    "df": "-ahHiklmPT -B: -t: -x: --human-readable --total --local --inodes --print-type paths",
    "tree": (
        "-CDFJNQSUacdfghinpqrstuv -L; -P; -I; --dirsfirst --filesfirst --noreport --gitignore"
        " --du --prune --si --sort= --filelimit= --matchdirs --ignore-case --charset= paths"
    ),
    "grep": _GREP,
    "egrep": _GREP,
    "fgrep": _GREP,
    "rg": (
        "-FHINPSUVabchilnopqsuvwx. -e:! -f@! -g: -t: -T: -A: -B: -C: -m: -j: -M: -r: -d: -E:"
        " --regexp=! --file@! --glob= --iglob= --type= --type-not= --after-context="
        " --before-context= --context= --max-count= --threads= --max-columns= --max-depth="
        " --max-filesize= --replace= --encoding= --files! --files-with-matches --line-buffered"
        " --files-without-match --count --count-matches --line-number --no-line-number --column"
        " --no-column --heading --no-heading --with-filename --no-filename --fixed-strings"
        " --ignore-case --smart-case --case-sensitive --word-regexp --line-regexp --invert-match"
        " --multiline --multiline-dotall --only-matching --passthru --pcre2 --pretty --quiet"
        " --no-ignore --no-ignore-vcs --no-ignore-parent --no-messages --hidden --json --stats"
        " --trim --vimgrep --null --text --color= --colors= --sort= --sortr= --crlf --debug"
        " --no-config --unrestricted --engine= --version pattern"
    ),
    "fd": (
        "-HIasipgFu01 -e: -t: -d: -E: -S: -c: --hidden --no-ignore --glob --fixed-strings"
        " --extension= --type= --max-depth= --min-depth= --exclude= --full-path --absolute-path"
        " --case-sensitive --ignore-case --print0 --color= --size= --changed-within="
        " --changed-before= pattern"
    ),
    "sort": (
        "-bdfgiMhnRrVcCmsuz -k: -t: --key= --field-separator= --numeric-sort --general-numeric-sort"
        " --human-numeric-sort --version-sort --month-sort --reverse --unique --stable"
        " --ignore-case --ignore-leading-blanks --dictionary-order --check --merge"
        " --zero-terminated paths"
    ),
    "uniq": (
        "-cdiuDz -f: -s: -w: --count --repeated --unique --ignore-case --all-repeated?"
        " --skip-fields= --skip-chars= --check-chars= --zero-terminated one"
    ),
    "cut": (
        "-b: -c: -d: -f: -nsz --fields= --delimiter= --characters= --bytes= --complement"
        " --only-delimited --output-delimiter= --zero-terminated paths"
    ),
    "paste": "-sz -d: --serial --delimiters= --zero-terminated paths",
    "join": "-i -1: -2: -a: -e: -j: -o: -t: -v: --header --check-order --nocheck-order paths",
    "comm": "-123iz --check-order --nocheck-order --output-delimiter= --total paths",
    "tr": "-CcdsUt --complement --delete --squeeze-repeats --truncate-set1 texts",
    "fold": "-bs -w: --bytes --spaces --width= # paths",
    "fmt": "-cstu -w: -g: -p: --width= --uniform-spacing --split-only # paths",
    "expand": "-i -t: --tabs= --initial paths",
    "unexpand": "-a -t: --tabs= --all paths",
    "column": "-texLJ -s: -c: -o: -N: -R: -T: -l: --table --separator= --output-separator= paths",
    "diff": (
        "-abBcdeiNnpqstTuwEyZ -U: -C: -W: -x: -I: -L: -F: # --brief --unified? --context?"
        " --new-file --text --report-identical-files --ignore-case"
        " --ignore-all-space --ignore-space-change --ignore-blank-lines --ignore-trailing-space"
        " --strip-trailing-cr --side-by-side --suppress-common-lines --width= --color? --exclude="
        " --label= --minimal --normal --show-c-function --left-column --no-dereference"
        " --ignore-matching-lines= paths"
    ),
    "cmp": "-bls -n: -i: --print-bytes --verbose --silent --quiet --bytes= --ignore-initial= paths",
    "readlink": "-efmnqsvz --canonicalize --canonicalize-existing --canonicalize-missing paths",
    "realpath": (
        "-emPLqsz --relative-to@ --relative-base@ --canonicalize-existing"
        " --canonicalize-missing --strip --no-symlinks --quiet paths"
    ),
    "basename": "free",
    "dirname": "free",
    "md5sum": _SUM,
    "sha1sum": _SUM,
    "sha256sum": _SUM,
    "sha512sum": _SUM,
    "b2sum": _SUM,
    "cksum": "paths",
    "shasum": "-bp -a: --algorithm= paths",
    "od": "-abcdfhilosxv -A: -j: -N: -S: -t: -w? --format= --address-radix= --read-bytes= paths",
    "hexdump": "-bcCdovx -n: -s: paths",
    "xxd": "-abCEeipu -c: -g: -l: -s: -o: one",
    "strings": "-afw -n: -t: -e: --bytes= --radix= --encoding= --all --print-file-name # paths",
    "which": "-as texts",
    "whereis": "-bms texts",
    "type": "-aftpP texts",
    "uname": "-amnoprsv --all --kernel-name --machine none",
    "whoami": "none",
    "id": "-Ggnruz --user --group --name texts",
    "nproc": "--all none",
    "arch": "none",
    "hostname": "-fs none",
    "seq": "-w -s: -f: texts",
    "true": "free",
    "false": "free",
    ":": "free",
    "echo": "free",
    "break": "texts",
    "continue": "texts",
    "exit": "texts",
}

_LANGUAGES = (
    "python python3 node npm pip pip3 uv git ruby java javac gcc g++ clang make cmake perl php bash"
    " zsh go rustc cargo docker jq rg sed grep awk tar curl dotnet swift deno bun gem"
)
VERSION_QUESTIONS: Mapping[str, frozenset[str]] = {
    "--version": frozenset(_LANGUAGES.split()),
    "-V": frozenset(
        ["python", "python3", "pip", "pip3", "rg", "curl", "uv", "cargo", "rustc", "jq", "deno"]
    ),
    "-v": frozenset(["node", "npm", "perl", "php", "ruby", "gem"]),
    "-version": frozenset(("java", "javac")),
    "version": frozenset(("go", "docker")),
}
"""Programs that only tell their version when a word is all they are asked."""

TOOLCHAIN_FILES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("cargo", "rustc"), ("rust-toolchain", "rust-toolchain.toml")),
    "dotnet": ("global.json",),
}
"""Files with which a project names the compiler to run, which may be a program of its own."""

GLOBS_ARE_HARMLESS = frozenset(("ls", "echo"))
"""Programs without a single option that could do harm: a name such as ``-x`` changes nothing."""

NAMES_ONLY = frozenset(("ls", "echo", "du"))
"""Programs that tell of the files a pattern finds no more than their names and sizes."""
