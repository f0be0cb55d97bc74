//! The memory that buffers share with the compositor; some is had before it is known what goes into it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use rustix::fs::{FallocateFlags, MemfdFlags, fallocate, memfd_create};

use super::grid::Rect;

/// Bytes of a buffer of so many pixels.
pub fn size(width: u32, height: u32) -> u64 {
    u64::from(width) * u64::from(height) * 4
}

/// A file in memory of so many bytes.
pub fn new(bytes: u64) -> io::Result<File> {
    let file = File::from(memfd_create("nerva-picker", MemfdFlags::CLOEXEC)?);
    file.set_len(bytes)?;
    Ok(file)
}

/// As [`new`], with its pages already there, which takes as long as filling them.
pub fn ready(bytes: u64) -> io::Result<File> {
    let file = new(bytes)?;
    fallocate(&file, FallocateFlags::empty(), 0, bytes)?;
    Ok(file)
}

/// Puts the pixels of `rect` into a buffer that is `stride` pixels wide.
///
/// Written rather than mapped: it is as fast for whole rows, and needs no memory that another process reads meanwhile.
pub fn write(file: &File, stride: i32, rect: Rect, pixels: &[u8]) -> io::Result<()> {
    let at = |row: i32| (row as u64 * stride as u64 + rect.x as u64) * 4;
    if rect.width == stride {
        return file.write_all_at(pixels, at(rect.y));
    }
    for (row, bytes) in (rect.y..).zip(pixels.chunks_exact(rect.width as usize * 4)) {
        file.write_all_at(bytes, at(row))?;
    }
    Ok(())
}
