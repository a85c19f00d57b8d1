# Runs the engine from memory, where no directory of a machine keeps and runs it: a file without a
# name (memfd_create, Linux 3.17) is filled by python3 or else by perl, and run by its number.
#
# Sent in front of install.sh, which see for the variables and for what is said.

# Prints where in memory the engine is when it was sent, or is tried with `try`.
memory_python='
import os, subprocess, sys, zlib, hashlib
said, packed_bytes, sha256 = sys.argv[1], int(sys.argv[2]), sys.argv[3]
def new():
    try:
        return os.memfd_create("farboard-engine", 16)  # MFD_EXEC, which newer kernels may insist on
    except OSError:
        return os.memfd_create("farboard-engine", 0)
def fill(content):
    memory = new()
    while content:
        content = content[os.write(memory, content):]
    return memory, "/proc/self/fd/%d" % memory
if said == "try":
    memory, path = fill(b"#!/bin/sh\n")
    sys.exit(subprocess.call([path], pass_fds=[memory]))
def end(code, why):
    print(said, "failed", why, flush=True)
    sys.exit(code)
print(said, "send gzip", flush=True)
packed = bytearray()
while len(packed) < packed_bytes:
    some = os.read(0, packed_bytes - len(packed))
    if not some:
        end(93, "the engine did not arrive whole")
    packed += some
try:
    content = zlib.decompress(packed, 31)
except zlib.error:
    end(94, "the engine arrived altered")
if hashlib.sha256(content).hexdigest() != sha256:
    end(94, "the engine arrived altered")
memory, path = fill(content)
os.set_inheritable(memory, True)
print(said, "running memory", flush=True)
os.execv(path, ["farboard-engine"] + sys.argv[4:])
'

# Perl has no word for memfd_create, only the number of the call, which differs between processors.
memory_perl='
my ($said, $bytes, $sha256, $call) = splice(@ARGV, 0, 4);
$| = 1;
# Otherwise perl closes the file when the engine takes its place.
$^F = 1000;
my $name = "farboard-engine";
my $memory = syscall($call, $name, 16);
$memory = syscall($call, $name, 0) if $memory < 0;
exit 1 if $memory < 0;
open(my $file, ">&=", $memory) or exit 1;
my $path = "/proc/$$/fd/$memory";
if ($said eq "try") {
    syswrite($file, "#!/bin/sh\n");
    exit(system($path) == 0 ? 0 : 1);
}
sub end { print "$said failed $_[1]\n"; exit $_[0]; }
print "$said send plain\n";
my $left = $bytes;
while ($left > 0) {
    my $got = sysread(STDIN, my $some, $left < 65536 ? $left : 65536);
    end(93, "the engine did not arrive whole") unless $got;
    $left -= $got;
    for (my $done = 0; $done < $got; ) {
        my $wrote = syswrite($file, $some, $got - $done, $done);
        end(93, "memory has no room for it") unless $wrote;
        $done += $wrote;
    }
}
my ($got) = split " ", `sha256sum $path 2>/dev/null` || $sha256;
end(94, "the engine arrived altered") if $got ne $sha256;
print "$said running memory\n";
exec {"/proc/self/fd/$memory"} "farboard-engine", @ARGV;
'

# Replaces this shell; returns only when that cannot be, with $reason.
run_from_memory() {
    reason='is not to be had (needs Linux, and python3 or perl)'
    for python in python3 python; do
        command -v "$python" >/dev/null 2>&1 || continue
        "$python" -c "$memory_python" try 0 0 >/dev/null 2>&1 </dev/null || continue
        run "$python" -c "$memory_python" "$t" "$packed_bytes" "$sha256"
    done
    case $(uname -m) in
        x86_64) call=319 ;;
        aarch64 | riscv64) call=279 ;;
        ppc64le) call=360 ;;
        s390x) call=350 ;;
        armv*) call=385 ;;
        i?86) call=356 ;;
        *) return 1 ;;
    esac
    command -v perl >/dev/null 2>&1 || return 1
    perl -e "$memory_perl" try 0 0 "$call" >/dev/null 2>&1 </dev/null || return 1
    run perl -e "$memory_perl" "$t" "$bytes" "$sha256" "$call"
}
