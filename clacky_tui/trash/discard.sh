# Stands for rm, rmdir, unlink and shred: what they would delete is moved to the trash.
#
# Runs under any POSIX sh, by the name it is called by. The lines above this file's text, written by
# shell.py, define: system_dir, home_dir, data_dir, in_temp PATH, discard ARGUMENT...
#
# Here: options, refusals, and the rename of a few plainly named files. Odd names, other file
# systems and long lists go to `discard` (Python), as triples of NUL-ended texts: keep or real, the
# name as typed, the full path; the last triple is end, failed, refused.

LC_ALL=C
export LC_ALL
umask 077
set -C
unset CDPATH
few=30

program=${0##*/}
trash=${CLACKY_TRASH_DIR:-}
project=${CLACKY_PROJECT_DIR:-}
force='' recursive='' empty_dirs='' verbose='' parents='' ignore_non_empty=''
literal='' failed=0 refused=0 now='' sequence=0 last_dir='' physical=''

case $program in
rm) cannot='cannot remove' ;;
rmdir) cannot='failed to remove' empty_dirs=1 ;;
*) cannot='cannot unlink' ;;
esac

die() {
    printf '%s: %s\n' "$program" "$1" >&2
    exit 1
}

complain() {
    printf "%s: %s '%s': %s\n" "$program" "$cannot" "$1" "$2" >&2
    failed=1
}

refuse() {
    printf "%s: refusing to remove '%s': %s\n" "$program" "$1" "$2" >&2
    refused=1
}

missing() {
    [ -n "$force" ] || complain "$1" 'No such file or directory'
}

is_folder() {
    [ -d "$1" ] && [ ! -L "$1" ]
}

is_empty() {
    entries=$(command ls -A -- "$1" 2>&1) && [ -z "$entries" ]
}

# Sets `reason` when PATH, a full one, may never be deleted.
is_protected() {
    reason=''
    case $1 in
    / | /root | /etc | /usr | /bin | /sbin | /var | /home | /Users | /opt | /lib | /lib32 | /lib64 | /boot | \
        /dev | /proc | /sys | /run | /srv | /mnt | /mnt/? | /media | /Applications | /Library | /System)
        reason='it is a system folder'
        return 0
        ;;
    esac
    case $project/ in "$1"/*) reason='the project is in it' ;; esac
    case ${HOME:-/}/ in "$1"/*) reason='the home folder is in it' ;; esac
    case $home_dir/ in "$1"/*) reason='the home folder is in it' ;; esac
    case $data_dir/ in "$1"/*) reason="the agent's data folder is in it" ;; esac
    case $trash/ in "$1"/*) reason='the trash is in it' ;; esac
    case $1/ in "${trash%/*}"/*) reason='it is in the trash; clacky trash empties it' ;; esac
    case $1/ in "${0%/*}"/*) reason='it guards the shell' ;; esac
    [ "$1" = "$project/.git" ] && reason="it is the project's history"
    [ -n "$reason" ]
}

# Sets `verdict` (keep, real, skip) and `full` for one operand; tells what is wrong with it.
consider() {
    verdict=skip
    [ -n "$1" ] || { missing "$1"; return; }
    stripped=$1
    while :; do
        case $stripped in ?*/) stripped=${stripped%/} ;; *) break ;; esac
    done
    base=${stripped##*/}
    case $base in
    '') refuse "$1" 'it is a system folder'; return ;;
    . | ..) refuse "$1" "'.' and '..' are never removed"; return ;;
    esac
    case $stripped in
    /*/*) dir=${stripped%/*} ;;
    /*) dir=/ ;;
    */*) dir=./${stripped%/*} ;;
    *) dir=. ;;
    esac
    if [ "$dir" != "$last_dir" ]; then
        last_dir=$dir
        physical=$(cd -P -- "$dir" 2>/dev/null && pwd -P && printf x)
        physical=${physical%?x}
    fi
    if [ -z "$physical" ]; then
        if [ -d "$dir" ]; then
            complain "$1" 'Permission denied'
        elif [ -e "$dir" ]; then
            [ -n "$force" ] || complain "$1" 'Not a directory'
        else
            missing "$1"
        fi
        return
    fi
    full=${physical%/}/$base
    if is_protected "$full"; then
        refuse "$1" "$reason"
        return
    fi
    [ -e "$full" ] || [ -L "$full" ] || { missing "$1"; return; }
    if is_folder "$full"; then
        if [ -n "$empty_dirs" ] && [ -z "$recursive" ]; then
            if ! is_empty "$full"; then
                [ -n "$ignore_non_empty" ] || complain "$1" 'Directory not empty'
                return
            fi
        elif [ -z "$recursive" ]; then
            complain "$1" 'Is a directory'
            return
        fi
    elif [ "$program" = rmdir ] || [ "$stripped" != "$1" ]; then
        complain "$1" 'Not a directory'
        return
    fi
    verdict=keep
    case $full in "$project"/*) ;; *) in_temp "$full" && verdict=real ;; esac
}

# Tells operands from options, also behind operands as GNU does; `literal` is empty at the start.
is_operand() {
    [ -z "$literal" ] || return 0
    case $1 in
    --) literal=1 ;;
    -?*) ;;
    *) return 0 ;;
    esac
    return 1
}

# Consider each operand of the command line and hand what is left to SINK VERDICT NAME FULL.
each_operand() {
    sink=$1
    shift
    literal=''
    for operand do
        is_operand "$operand" || continue
        consider "$operand"
        [ "$verdict" = skip ] || "$sink" "$verdict" "$operand" "$full"
    done
}

emit() {
    printf '%s\0' "$@"
}

discard_all() {
    discard "$program" "$cannot" "$trash" "$project" "$verbose" "$force"
}

tell_removed() {
    [ -z "$verbose" ] || printf "removed %s'%s'\n" "$2" "$1"
}

remove_for_good() {
    kind=''
    is_folder "$2" && kind='directory '
    if [ "$program" = rmdir ]; then
        "$system_dir/rmdir" -- "$2" || { failed=1; return; }
    else
        "$system_dir/rm" -rf -- "$2" || { failed=1; return; }
    fi
    tell_removed "$1" "$kind"
}

# Rename NAME FULL into the trash. Status 2: nothing was done, `discard` has to.
keep() {
    name=$1 path=$2 base=${2##*/} kind='' type=''
    case $path$trash in *[!\ -~]* | *[\"\\]*) return 2 ;; esac
    [ "${#base}" -le 180 ] && [ -d "$trash" ] || return 2
    details=$(command stat -c '%d %s %a' -- "$trash" "$path" 2>/dev/null) || return 2
    # shellcheck disable=SC2086
    set -- $details
    [ $# -eq 6 ] && [ "$1" = "$4" ] || return 2
    size=$5 mode=$6
    if is_folder "$path"; then
        kind='directory ' size=null
    fi
    case ${base#?} in *.?*) type=.${base##*.} ;; esac
    [ -n "$now" ] || now=$(command date -u '+%Y%m%d_%H%M%S_%N %Y-%m-%dT%H:%M:%S.%N')
    case $now in *[!0-9_.:T\ -]*) return 2 ;; esac
    payload=$trash/${base}_deleted_${now% *}
    [ "$sequence" -eq 0 ] || payload=$payload-$sequence
    sequence=$((sequence + 1))
    { printf '{"original_path": "%s", "trash_directory": "%s", "deleted_at": "%sZ", "deleted_by": "%s", "file_size": %s, "file_type": "%s", "file_mode": "%s", "kind": "deleted"}\n' \
        "$path" "$trash" "${now#* }" "$program" "$size" "$type" "$mode" >"$payload.metadata.json"; } 2>/dev/null || return 2
    if trouble=$(command mv -f -- "$path" "$payload" 2>&1); then
        tell_removed "$name" "$kind"
        return 0
    fi
    "$system_dir/rm" -f -- "$payload.metadata.json"
    [ -e "$path" ] || [ -L "$path" ] || { missing "$name"; return 0; }
    complain "$name" "${trouble##*: }"
}

# Act on triples of VERDICT NAME FULL.
act() {
    while [ $# -gt 0 ]; do
        if [ "$1" = real ]; then
            remove_for_good "$2" "$3"
        else
            keep "$2" "$3"
            if [ $? -eq 2 ]; then
                { emit "$@"; emit end 0 0; } | discard_all || failed=1
                return
            fi
        fi
        shift 3
    done
}

usage_error() {
    printf "%s: %s\nTry '%s --help' for more information.\n" "$program" "$1" "$program" >&2
    exit 1
}

read_options() {
    count=0
    for option do
        if is_operand "$option"; then
            count=$((count + 1))
            continue
        fi
        case $option in
        --) ;;
        --*) read_long_option "$option" ;;
        *) read_short_options "${option#-}" ;;
        esac
    done
}

read_long_option() {
    case $program$1 in
    *--help | *--version) exec "$system_dir/$program" "$1" ;;
    rm--no-preserve-root) die '--no-preserve-root is refused; nothing was deleted' ;;
    rm--f*) case --force in "$1"*) force=1; return ;; esac ;;
    rm--r*) case --recursive in "$1"*) recursive=1; return ;; esac ;;
    rm--d*) case --dir in "$1"*) empty_dirs=1; return ;; esac ;;
    rm--i* | rm--o* | rm--p*)
        case --interactive/--one-file-system/--preserve-root in *"${1%%=*}"*) return ;; esac
        ;;
    rmdir--p*) case --parents in "$1"*) parents=1; return ;; esac ;;
    rmdir--i*) case --ignore-fail-on-non-empty in "$1"*) ignore_non_empty=1; return ;; esac ;;
    esac
    case $program$1 in
    rm--v* | rmdir--v*) case --verbose in "$1"*) verbose=1; return ;; esac ;;
    esac
    usage_error "unrecognized option '$1'"
}

read_short_options() {
    letters=$1
    while [ -n "$letters" ]; do
        letter=${letters%"${letters#?}"}
        letters=${letters#?}
        case $program$letter in
        rmf) force=1 ;;
        rmr | rmR) recursive=1 ;;
        rmd) empty_dirs=1 ;;
        rmv | rmdirv) verbose=1 ;;
        rmi | rmI) ;;
        rmdirp) parents=1 ;;
        *) usage_error "invalid option -- '$letter'" ;;
        esac
    done
}

remove_folder() {
    act "$@"
    case $parents$operand in 1*/*) ;; *) return 0 ;; esac
    above=$operand
    while [ "$failed" -eq 0 ]; do
        case $above in ?*/) above=${above%/}; continue ;; ?*/*) above=${above%/*} ;; *) return 0 ;; esac
        last_dir=''
        consider "$above"
        [ "$verdict" != skip ] || return 0
        act "$verdict" "$above" "$full"
    done
}

[ "$program" != shred ] || die 'refused: it destroys files beyond recovery; use rm, or ask the person to run it'
read_options "$@"
if [ "$count" -eq 0 ]; then
    [ -z "$force" ] || exit 0
    usage_error 'missing operand'
fi
[ "$program" != unlink ] || [ "$count" -eq 1 ] || usage_error 'more than one operand'
case $trash in /*) ;; *) die 'CLACKY_TRASH_DIR is not set, so nothing could be kept; nothing was deleted' ;; esac
case $project in /*) ;; *) die 'CLACKY_PROJECT_DIR is not set, so it could not be protected; nothing was deleted' ;; esac

if [ "$program" = rmdir ]; then
    each_operand remove_folder "$@"
elif [ "$count" -gt "$few" ]; then
    { each_operand emit "$@"; emit end "$failed" "$refused"; } | discard_all || failed=1
else
    literal=''
    given=$#
    for operand do
        is_operand "$operand" || continue
        consider "$operand"
        [ "$verdict" = skip ] || set -- "$@" "$verdict" "$operand" "$full"
    done
    [ "$refused" -eq 0 ] || die 'nothing was deleted'
    shift "$given"
    act "$@"
fi
[ "$failed" -eq 0 ] && [ "$refused" -eq 0 ]
