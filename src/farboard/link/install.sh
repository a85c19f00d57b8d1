# Puts the engine into the first directory that may keep and run it, and runs it there.
#
# The boot line evaluates this in /bin/sh when it has found no engine. It has set:
#   t  how each line for our ears begins    u  the user's id    h  the engine's hash, for its name
# Lines sent in front of this file set:
#   bytes   size of the engine              packed_bytes   the same, gzip-compressed
#   sha256  its full hash                   shared         directories everybody may write to
#   run     a function that replaces this shell by its arguments and the engine's own
#   run_from_memory, from memory.sh: the same without any directory, or a sentence why not in $reason
#
# Words for our ears: "send gzip" or "send plain" (now the engine may come), "running WHERE",
# "failed WHY".
# Exit codes: 93 the engine did not arrive whole, 94 it arrived altered, 96 no directory will do,
# 97 it does not run here.

umask 077
reasons=

fail() {
    code=$1
    shift
    # Before it is said: whoever hears it may end us at once.
    rm -f "$new" 2>/dev/null
    echo "$t failed $*"
    exit "$code"
}

# Whether directory $1 keeps a program of our size and runs it; otherwise $reason says why not.
try() {
    reason='is not an absolute path'
    case $1 in /*) ;; *) return 1 ;; esac
    reason='cannot be created'
    mkdir -p "$1" 2>/dev/null || return 1
    if [ "$2" = shared ]; then
        # Anybody may have made it, to have us run their program.
        reason='is not ours alone'
        case $(ls -ld "$1" 2>/dev/null) in
            'drwx------ '* | 'drwx------.'*) [ -O "$1" ] || return 1 ;;
            *) return 1 ;;
        esac
    else
        # What stands above it may be open to all, as umask 000 leaves it.
        reason='may be written to by others'
        case $(ls -ldL "$1" 2>/dev/null) in
            d????-??-*) [ -O "$1" ] || return 1 ;;
            *) return 1 ;;
        esac
    fi
    new=$1/new-$$
    reason='cannot be written'
    # The kernel itself has to run it: busybox runs scripts that name no shell only with /proc.
    (echo '#!/bin/sh' >"$new") 2>/dev/null || return 1
    reason='does not run programs (noexec)'
    chmod 700 "$new" && "$new" 2>/dev/null || {
        rm -f "$new"
        return 1
    }
    # A quota does not show in free space, so the space is taken for a moment.
    reason="has no room for $bytes bytes"
    (head -c "$bytes" /dev/zero >"$new") 2>/dev/null || {
        rm -f "$new"
        return 1
    }
    return 0
}

choose() {
    [ -n "$HOME$XDG_CACHE_HOME" ] && try_or_say "${XDG_CACHE_HOME:-$HOME/.cache}/farboard" && return
    [ -n "$XDG_RUNTIME_DIR" ] && try_or_say "$XDG_RUNTIME_DIR/farboard" && return
    for d in $shared; do
        try_or_say "$d/farboard-$u" shared && return
    done
    return 1
}

try_or_say() {
    dir=$1
    try "$@" && return 0
    reasons="$reasons${reasons:+; }$1 $reason"
    return 1
}

# The sha256 of file $1 as the first word, or nothing where nobody can tell.
hash_of() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum <"$1"
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 256 <"$1"
    elif command -v openssl >/dev/null 2>&1; then
        openssl dgst -sha256 -r <"$1"
    fi
}

choose || {
    run_from_memory
    fail 96 "$reasons; memory $reason"
}
trap 'rm -f "$new"' EXIT
trap 'exit 93' HUP INT TERM PIPE

if command -v gzip >/dev/null 2>&1; then
    echo "$t send gzip"
    head -c "$packed_bytes" | gzip -dc >"$new" 2>/dev/null
else
    echo "$t send plain"
    head -c "$bytes" >"$new"
fi

[ "$(wc -c <"$new")" -eq "$bytes" ] || fail 93 'the engine did not arrive whole'
got=$(hash_of "$new" 2>/dev/null)
case $got in
    "$sha256"* | '') ;;
    *) fail 94 'the engine arrived altered' ;;
esac
chmod 700 "$new"
said=$("$new" --version 2>&1)
case $said in
    farboard-engine*) ;;
    *) fail 97 "$dir: $said" ;;
esac

e=$dir/engine-$h
mv -f "$new" "$e" || fail 96 "$dir: the engine cannot be renamed"
# The engine in use is freshened at each start: what is 30 days old has been of no use for as long.
find "$dir"/engine-* -prune -mtime +30 -exec rm -f {} + 2>/dev/null
find "$dir"/new-* -prune -mtime +1 -exec rm -f {} + 2>/dev/null
trap - EXIT HUP INT TERM PIPE
echo "$t running $e"
run "$e"
