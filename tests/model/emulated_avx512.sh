#!/usr/bin/env bash
# Runs the tests of the kernels (attention by tiles, Winograd's convolutions, batch norm, weights' gradient) with AVX-512 instructions
# on a processor that has none: in Bochs, which emulates one, under a Linux of its own. It shows that the numbers are right, nothing about
# speed. After a build with tests; 10 to 30 minutes. docs/benchmarks.md, "AVX-512", has the last run.
#   tests/model/emulated_avx512.sh [GTEST_FILTER]      BUILD=DIR: another build than build/release
# Needs Debian's packages bochs bochsbios vgabios grub-common grub-pc-bin xorriso mtools busybox-static cpio.
set -euo pipefail
cd "$(dirname "$0")/../.."
# Left out: what other instruction sets do, and the largest maps, which take hours.
filter=${1:--*SCALAR*:*/AVX2:*MapsOfManyTiles*:*MoreTilesThan*:*OfLargeMaps*:*BusyProcessors*}
tests=${BUILD:-build/release}/tests/model/model_kernel_tests
for needed in bochs grub-mkrescue xorriso mformat cpio /bin/busybox; do
    command -v "$needed" >/dev/null || {
        echo "emulated_avx512.sh: $needed is missing; apt-get install bochs bochsbios vgabios grub-common grub-pc-bin xorriso mtools busybox-static cpio" >&2
        exit 2
    }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Debian's kernel, unpacked and not installed.
package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image/ {print $2; exit}')
(cd "$work" && apt-get -qq download "$package" && dpkg -x ./*.deb kernel)

root=$work/root
mkdir -p "$root"/{bin,proc,dev,tmp}
cp /bin/busybox "$root/bin/"
ln -s busybox "$root/bin/sh"
cp "$tests" "$root/bin/tests"
strip "$root/bin/tests"
ldd "$tests" | grep -o '/[^ ]*' | while read -r library; do cp --parents -L "$library" "$root/"; done
echo "--gtest_filter=$filter" >"$root/filter"
cat >"$root/init" <<'INIT'
#!/bin/sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t tmpfs tmp /tmp
/bin/busybox grep -m1 -o avx512f /proc/cpuinfo || echo "this processor has no AVX-512"
/bin/tests --gtest_color=no "$(/bin/busybox cat /filter)"
echo "ended with $?"
/bin/busybox poweroff -f
INIT
chmod +x "$root/init"
mkdir -p "$work/disk/boot/grub"
(cd "$root" && find . | cpio -o -H newc 2>/dev/null) >"$work/disk/boot/initrd"
cp "$work"/kernel/boot/vmlinuz-* "$work/disk/boot/vmlinuz"
# Bochs 2.7 gives a wrong size for compacted states: without them the kernel takes AVX-512 for usable.
cat >"$work/disk/boot/grub/grub.cfg" <<'GRUB'
set timeout=0
menuentry tests {
    linux /boot/vmlinuz console=ttyS0,115200 quiet mitigations=off clearcpuid=xsaves,xsavec,xsaveopt,xgetbv1 nopku apparmor=0 audit=0 nowatchdog lpj=1000000 tsc=reliable no_timer_check acpi=off nosmp random.trust_cpu=on
    initrd /boot/initrd
}
GRUB
grub-mkrescue -o "$work/disk.iso" "$work/disk" -d /usr/lib/grub/i386-pc >"$work/iso.log" 2>&1
cat >"$work/bochsrc" <<BOCHS
megs: 768
cpu: model=corei7_skylake_x, count=1, ips=50000000
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path=$work/disk.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$work/serial
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
log: $work/bochs.log
panic: action=fatal
display_library: rfb, options="timeout=0"
BOCHS
echo c >"$work/continue" # Debian's Bochs begins in its debugger
touch "$work/serial"
bochs -q -f "$work/bochsrc" -rc "$work/continue" >"$work/bochs.out" 2>&1 </dev/null &
emulator=$!
trap 'kill "$emulator" 2>/dev/null; rm -rf "$work"' EXIT
tail -n +1 -f "$work/serial" --pid=$emulator 2>/dev/null | sed -u 's/\r$//' | {
    code=1
    while IFS= read -r line; do
        printf '%s\n' "$line"
        case $line in
            "ended with "*)
                code=${line#ended with }
                kill "$emulator" 2>/dev/null || true
                break
                ;;
        esac
    done
    exit "$code"
}
