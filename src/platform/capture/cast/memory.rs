//! The bytes of a frame, from where its producer put them: shared memory, or the memory of a graphics card.
#![allow(unsafe_code, reason = "PipeWire hands out bare descriptors, and DMA-BUF can only be read through a mapping")]

use std::os::fd::BorrowedFd;

use pipewire::spa::buffer::{Data, DataType};
use rustix::fs::SeekFrom;
use rustix::io::Errno;
use rustix::ioctl::{Setter, ioctl, opcode};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// `DMA_BUF_IOCTL_SYNC`, its flag for reading, and the one for the end of it.
const SYNC: u32 = opcode::write::<u64>(b'b', 0);
const READ: u64 = 1;
const END: u64 = 1 << 2;

/// Fills `into` with what begins at `offset`.
pub fn read(data: &mut Data, offset: u64, into: &mut [u8]) -> Result<(), String> {
    match data.type_() {
        DataType::MemFd => at(data, offset, |file, at| from_file(file, at, into)),
        DataType::DmaBuf => at(data, offset, |file, at| from_card(file, at, into)),
        DataType::MemPtr => {
            let start = usize::try_from(offset).unwrap_or(usize::MAX);
            let source = data.data().and_then(|all| all.get(start..)?.get(..into.len()));
            into.copy_from_slice(source.ok_or("the buffer is shorter than the picture")?);
            Ok(())
        }
        other => Err(format!("memory of the kind {other:?} can't be read")),
    }
}

fn at(data: &Data, offset: u64, read: impl FnOnce(BorrowedFd<'_>, u64) -> Result<(), String>) -> Result<(), String> {
    let descriptor = data.fd();
    if descriptor < 0 {
        return Err("the buffer has no memory".into());
    }
    // SAFETY: PipeWire keeps the descriptor open as long as the buffer, which is borrowed here.
    let file = unsafe { BorrowedFd::borrow_raw(descriptor) };
    read(file, offset + u64::from(data.as_raw().mapoffset))
}

/// Read and not mapped: then it does no harm that its producer may cut it short at any time.
fn from_file(file: BorrowedFd<'_>, mut at: u64, mut into: &mut [u8]) -> Result<(), String> {
    while !into.is_empty() {
        match rustix::io::pread(file, &mut *into, at) {
            Ok(0) => return Err("the buffer is shorter than the picture".into()),
            Ok(read) => {
                at += read as u64;
                into = &mut into[read..];
            }
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(())
}

fn from_card(file: BorrowedFd<'_>, at: u64, into: &mut [u8]) -> Result<(), String> {
    let told = |error: Errno| error.to_string();
    let end = at + into.len() as u64;
    if rustix::fs::seek(file, SeekFrom::End(0)).map_err(told)? < end {
        return Err("the buffer is shorter than the picture".into());
    }
    let length = usize::try_from(end).map_err(|error| error.to_string())?;
    sync(file, READ)?;
    // SAFETY: a fresh mapping that nothing else uses, of a file that was found to be long enough.
    let map = unsafe { mmap(std::ptr::null_mut(), length, ProtFlags::READ, MapFlags::SHARED, file, 0) };
    let copied = map.map_err(told).and_then(|map| {
        let start = map.cast::<u8>().wrapping_add(length - into.len());
        // SAFETY: the source ends with the mapping, and the target is ours alone.
        unsafe { std::ptr::copy_nonoverlapping(start, into.as_mut_ptr(), into.len()) };
        // SAFETY: nothing of the mapping is used any more.
        unsafe { munmap(map, length) }.map_err(told)
    });
    sync(file, READ | END)?;
    copied
}

fn sync(file: BorrowedFd<'_>, flags: u64) -> Result<(), String> {
    // SAFETY: the request takes a pointer to 64 bits of flags.
    match unsafe { ioctl(file, Setter::<SYNC, u64>::new(flags)) } {
        // Memory that is no card's has no cache to wait for.
        Ok(()) | Err(Errno::NOTTY) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::FileExt as _;

    use super::*;

    #[test]
    fn a_part_is_read_either_way_and_what_is_not_there_is_an_error() {
        let file = tempfile::tempfile().unwrap();
        let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        file.write_all_at(&bytes, 0).unwrap();
        for read in [from_file, from_card] {
            let mut into = vec![0; 5000];
            read(file.as_fd(), 4567, &mut into).unwrap();
            assert_eq!(into, bytes[4567..9567]);
            assert!(read(file.as_fd(), 6000, &mut into).unwrap_err().contains("shorter"));
        }
        let (pipe, _other) = rustix::pipe::pipe().unwrap();
        assert!(from_card(pipe.as_fd(), 0, &mut [0; 4]).is_err());
    }
}
