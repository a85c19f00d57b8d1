//! Any bytes as events: the quick way and the long way agree, and the columns are equally long.
#![no_main]

use farboard_engine::event::{self, Content, What};
use farboard_engine::intake::{Intake, RunMetadata};
use farboard_engine::series::Kind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let (mut intake, mut metadata) = (Intake::default(), RunMetadata::default());
    // Several events, so that later ones lean on what earlier ones said.
    for (at, payload) in input.split(|&byte| byte == 0xfe).enumerate() {
        if let Some(plain) = event::plain_scalar(payload) {
            let parsed = event::parse(payload).expect("what the quick way reads can be read");
            assert_eq!(parsed.step, plain.step);
            assert_eq!(parsed.wall_time_s.to_bits(), plain.wall_time_s.to_bits());
            let What::Summary(summary) = &parsed.what else {
                panic!("no summary");
            };
            let mut values = event::values(summary);
            let value = values.next().expect("a message").expect("a value");
            let value = event::value(value).expect("a message");
            assert_eq!(value.tag, plain.tag);
            let Content::Simple(number) = value.content else {
                panic!("no number");
            };
            assert_eq!(number.to_bits(), plain.number.to_bits());
        }
        let _ = intake.add(payload, at as u64, &mut metadata);
    }
    let Some(batch) = intake.take_batch() else {
        return;
    };
    for tag in batch.tags {
        let (values, places) = match tag.kind {
            Kind::Scalar => (tag.steps.len(), 0),
            _ => (0, tag.steps.len()),
        };
        assert_eq!(tag.wall_times_s.len(), tag.steps.len());
        assert_eq!((tag.values.len(), tag.places.len()), (values, places));
    }
});
