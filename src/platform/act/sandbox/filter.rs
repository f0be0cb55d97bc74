//! Which sockets a command in the sandbox may make that shares the machine's network.
//!
//! Sockets without a file (those of X11 and of some buses) belong to a network and not to a file system, so that whoever
//! shares the network could use the desktop through them. They can't be told from others when they are connected, so
//! that none of their kind is made.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsRawFd as _;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

/// The kernel's name of this processor, and the numbers of `socket` and `socketpair` there.
#[cfg(target_arch = "x86_64")]
const HERE: Option<(u32, u32, u32)> = Some((0xc000_003e, 41, 53));
#[cfg(target_arch = "aarch64")]
const HERE: Option<(u32, u32, u32)> = Some((0xc000_00b7, 198, 199));
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const HERE: Option<(u32, u32, u32)> = None;

/// It makes sockets as well.
const IO_URING_SETUP: u32 = 425;
/// From here on numbers are those of another way to call the kernel (x32), which has them all again.
const OTHERS: u32 = 0x4000_0000;
/// IPv4, IPv6 and what tells of interfaces.
const FAMILIES: [u32; 3] = [2, 10, 16];
const DATAGRAM: u32 = 2;

const LOAD: u16 = 0x20;
const AND: u16 = 0x54;
const EQUAL: u16 = 0x15;
const AT_LEAST: u16 = 0x35;
const RETURN: u16 = 0x06;

const ALLOW: u32 = 0x7fff_0000;
/// The call fails, as not permitted.
const REFUSE: u32 = 0x0005_0001;

/// Where the number, the processor and the first two arguments (their lower halves) of a call are.
const NUMBER: u32 = 0;
const PROCESSOR: u32 = 4;
const FIRST: u32 = 16;
const SECOND: u32 = 24;

/// The filter, in memory, as bubblewrap takes it. It has to be there until that has started.
#[derive(Debug)]
pub(in crate::platform::act) struct Filter(File);

impl Filter {
    /// Makes it.
    ///
    /// # Errors
    /// In words: it is not known for this processor, or there is no memory for it.
    pub(in crate::platform::act) fn new() -> Result<Self, String> {
        let here = HERE.ok_or("the network can't be given safely on this kind of processor. Nothing was run")?;
        let made = || -> std::io::Result<Self> {
            // Bubblewrap inherits it by its number.
            let memory = memfd_create("nerva-filter", MemfdFlags::ALLOW_SEALING)?;
            let mut file = File::from(memory);
            file.write_all(&program(here))?;
            std::io::Seek::rewind(&mut file)?;
            fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
            Ok(Self(file))
        };
        made().map_err(|error| format!("the filter of sockets can't be made: {error}. Nothing was run"))
    }

    /// The words for bubblewrap.
    pub(in crate::platform::act) fn words(&self) -> [OsString; 2] {
        ["--seccomp".into(), self.0.as_raw_fd().to_string().into()]
    }
}

/// The program that the kernel asks about each call.
fn program((processor, socket, pair): (u32, u32, u32)) -> Vec<u8> {
    // What is done, how many steps are skipped if it is so and if it is not, and with what.
    let steps: [(u16, u8, u8, u32); 18] = [
        (LOAD, 0, 0, PROCESSOR),
        (EQUAL, 0, 15, processor),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 13, 0, OTHERS),
        (EQUAL, 12, 0, IO_URING_SETUP),
        (EQUAL, 5, 0, pair),
        (EQUAL, 0, 9, socket),
        (LOAD, 0, 0, FIRST),
        (EQUAL, 7, 0, FAMILIES[0]),
        (EQUAL, 6, 0, FAMILIES[1]),
        (EQUAL, 5, 6, FAMILIES[2]),
        // Two that are connected to each other, but for those that can be connected anew.
        (LOAD, 0, 0, FIRST),
        (EQUAL, 0, 4, 1),
        (LOAD, 0, 0, SECOND),
        (AND, 0, 0, 0xf),
        (EQUAL, 1, 0, DATAGRAM),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ];
    let bytes = steps.iter().flat_map(|(code, so, not, with)| {
        let mut step = code.to_ne_bytes().to_vec();
        step.extend([*so, *not]);
        step.extend(with.to_ne_bytes());
        step
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernel does with the program for a call of this processor, number and arguments.
    fn asked(processor: u32, number: u32, first: u32, second: u32) -> u32 {
        let bytes = program((HERE_IS, SOCKET, PAIR));
        let (steps, _) = bytes.as_chunks::<8>();
        let (mut at, mut held) = (0, 0);
        loop {
            let [low, high, so, not, with @ ..] = steps[at];
            let with = u32::from_ne_bytes(with);
            let skip = |holds: bool| usize::from(if holds { so } else { not });
            at += 1;
            match u16::from_ne_bytes([low, high]) {
                LOAD => {
                    held = match with {
                        NUMBER => number,
                        PROCESSOR => processor,
                        FIRST => first,
                        SECOND => second,
                        other => panic!("nothing is at {other}"),
                    }
                }
                AND => held &= with,
                EQUAL => at += skip(held == with),
                AT_LEAST => at += skip(held >= with),
                RETURN => return with,
                other => panic!("no step is {other}"),
            }
        }
    }

    const HERE_IS: u32 = 0xc000_003e;
    const SOCKET: u32 = 41;
    const PAIR: u32 = 53;
    /// As they are asked for: closed when another program starts, and not waiting.
    const FLAGS: u32 = 0o2_004_000;

    #[test]
    fn only_sockets_of_ip_are_made_in_whichever_way_the_kernel_is_called() {
        for family in FAMILIES {
            assert_eq!(asked(HERE_IS, SOCKET, family, 1 | FLAGS), ALLOW, "{family}");
        }
        // Those with files or without, packets, Bluetooth, the kernel's ciphers, virtual machines.
        for family in [1, 17, 31, 38, 40] {
            assert_eq!(asked(HERE_IS, SOCKET, family, 1), REFUSE, "{family}");
        }
        for (kind, done) in [(1, ALLOW), (1 | FLAGS, ALLOW), (5, ALLOW), (2, REFUSE), (2 | FLAGS, REFUSE)] {
            assert_eq!(asked(HERE_IS, PAIR, 1, kind), done, "{kind}");
        }
        assert_eq!(asked(HERE_IS, PAIR, FAMILIES[0], 1), REFUSE);
        assert_eq!(asked(HERE_IS, 0, 0, 0), ALLOW, "reading");
        assert_eq!(asked(HERE_IS, IO_URING_SETUP, 0, 0), REFUSE);
        for other in [OTHERS, OTHERS + SOCKET, u32::MAX] {
            assert_eq!(asked(HERE_IS, other, FAMILIES[0], 1), REFUSE, "{other:x}");
        }
        for processor in [0x4000_0003, 0xc000_00b7, 0] {
            assert_eq!(asked(processor, 0, 0, 0), REFUSE, "{processor:x}");
        }
    }
}
