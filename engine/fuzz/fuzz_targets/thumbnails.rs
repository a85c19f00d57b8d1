//! Images of anybody, made smaller: refused with a reason, or small.
#![no_main]

use farboard_engine::thumbnail::{self, SIZES_PX};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let px = SIZES_PX[bytes.len() % SIZES_PX.len()];
    let Ok(small) = thumbnail::make(bytes, px) else {
        return;
    };
    if *small.bytes != *bytes {
        let made = thumbnail::header(&small.bytes);
        assert!(made.is_some_and(|made| made.width_px.max(made.height_px) <= px));
    }
});
