//! Events in every encoding, as the columns they become.
#![allow(clippy::unwrap_used)]

mod support;

use farboard_engine::event::{self, Content, What};
use farboard_engine::intake::{Fault, Intake, RunMetadata};
use farboard_engine::series::{Kind, TagBatch};
use proptest::prelude::*;
use support::{bytes, double, event, float, int, metadata, summary};

/// The columns that these events become, and what was wrong with them.
fn take(events: &[Vec<u8>]) -> (Vec<TagBatch>, Vec<Fault>) {
    let (mut intake, mut run) = (Intake::default(), RunMetadata::default());
    let faults = events
        .iter()
        .filter_map(|event| intake.add(event, 0, &mut run).err());
    let faults = faults.collect();
    (intake.take_batch().unwrap_or_default().tags, faults)
}

/// The one tag that a single value with these fields becomes.
fn only(value: &[Vec<u8>]) -> TagBatch {
    let (mut tags, faults) = take(&[event(3, 1.5, &summary(&value.concat()))]);
    assert_eq!(faults, []);
    assert_eq!(tags.len(), 1);
    tags.remove(0)
}

fn kind_of(value: &[Vec<u8>]) -> (Kind, String) {
    let tag = only(value);
    (tag.kind, tag.meta.plugin.clone())
}

fn simple(tag: &str, value: f32) -> Vec<u8> {
    summary(&[bytes(1, tag), float(2, value)].concat())
}

fn tensor(tag: &str, value: f32, rest: &[u8]) -> Vec<u8> {
    let tensor = [int(1, 1), float(5, value)].concat();
    summary(&[bytes(1, tag), bytes(8, tensor), rest.to_vec()].concat())
}

#[test]
fn a_plain_scalar() {
    let tag = only(&[bytes(1, "loss"), float(2, 0.5)]);
    assert_eq!((tag.tag.as_ref(), tag.kind), ("loss", Kind::Scalar));
    assert_eq!(tag.meta.plugin, "scalars");
    assert_eq!(
        (tag.steps, tag.wall_times_s, tag.values),
        (vec![3], vec![1.5], vec![0.5])
    );
}

/// The readable twin of [`event::plain_scalar`]: wall time, step, tag and number of an event that has one value.
fn scalar_field_by_field(payload: &[u8]) -> Option<(u64, i64, Vec<u8>, u32)> {
    let parsed = event::parse(payload).ok()?;
    let What::Summary(summary) = &parsed.what else {
        return None;
    };
    let mut values = event::values(summary);
    let value = event::value(values.next().ok()??).ok()?;
    let (Content::Simple(number), None, Ok(None)) = (value.content, value.metadata, values.next())
    else {
        return None;
    };
    let wall_time = parsed.wall_time_s.to_bits();
    Some((wall_time, parsed.step, value.tag.to_vec(), number.to_bits()))
}

#[test]
fn the_usual_scalar_takes_the_short_way() {
    for step in [1, 200, i64::MAX, -1] {
        let scalar = event(step, 1.5, &simple("loss", 0.5));
        assert!(event::plain_scalar(&scalar).is_some());
    }
    let without_step = [double(1, 1.5), simple("loss", 0.5)].concat();
    assert_eq!(event::plain_scalar(&without_step).unwrap().step, 0);
    let described = [bytes(1, "loss"), float(2, 0.5), metadata("scalars")].concat();
    for other in [
        event(1, 1.5, &[simple("loss", 0.5), int(77, 1)].concat()),
        event(1, 1.5, &[simple("loss", 0.5), simple("loss", 0.5)].concat()),
        event(1, 1.5, &summary(&described)),
    ] {
        assert_eq!(event::plain_scalar(&other), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_short_way_reads_what_reading_field_by_field_does(
        step in any::<i64>(), number in any::<f32>(),
        damage in prop::collection::vec((0usize..40, any::<u8>()), 0..3),
    ) {
        let mut payload = event(step, 1.5, &simple("loss", number));
        for (place, byte) in damage {
            let place = place % payload.len();
            payload[place] = byte;
        }
        if let Some(plain) = event::plain_scalar(&payload) {
            let plain = (plain.wall_time_s.to_bits(), plain.step, plain.tag.to_vec(), plain.number.to_bits());
            prop_assert_eq!(scalar_field_by_field(&payload), Some(plain));
        }
    }

    #[test]
    fn a_plain_scalar_s_stem_makes_any_event_a_plain_scalar_of_its_tag(
        step in prop::option::of(any::<i64>()), number in any::<f32>(),
        damage in prop::collection::vec((0usize..40, any::<u8>()), 0..3),
    ) {
        let known = event(7, 1.5, &simple("loss", 0.5));
        let step = step.map_or(Vec::new(), |step| int(2, step));
        let mut payload = [double(1, 2.5), step, simple("loss", number)].concat();
        for (place, byte) in damage {
            let place = place % payload.len();
            payload[place] = byte;
        }
        let stem = event::outline(&known).unwrap().stem;
        if let Some(outline) = event::outline(&payload).filter(|outline| outline.stem == stem) {
            let read = (outline.wall_time_s.to_bits(), outline.step, b"loss".to_vec(), outline.number.to_bits());
            prop_assert_eq!(scalar_field_by_field(&payload), Some(read));
        }
    }
}

#[test]
fn fields_may_come_in_any_order_among_unknown_ones() {
    let value = [float(2, 2.0), bytes(99, "?"), bytes(1, "a"), int(98, 1)].concat();
    let event = [
        bytes(5, bytes(1, value)),
        int(77, 5),
        int(2, 9),
        double(1, 4.0),
        float(78, 1.0),
    ];
    let (tags, faults) = take(&[event.concat()]);
    assert_eq!(faults, []);
    assert_eq!(
        (tags[0].steps[0], tags[0].wall_times_s[0], tags[0].values[0]),
        (9, 4.0, 2.0)
    );
}

#[test]
fn a_known_field_of_another_wire_type_is_unknown() {
    let value = [bytes(1, "a"), float(2, 2.0), double(2, 3.0), int(1, 5)].concat();
    let event = [event(4, 1.0, &summary(&value)), double(2, 8.0), int(1, 8)].concat();
    let (tags, _) = take(&[event]);
    assert_eq!(
        (tags[0].steps[0], tags[0].wall_times_s[0], tags[0].values[0]),
        (4, 1.0, 2.0)
    );
}

#[test]
fn of_several_members_the_last_counts() {
    assert_eq!(
        only(&[bytes(1, "a"), bytes(5, ""), float(2, 1.0), float(2, 2.0)]).values,
        [2.0]
    );
    assert_eq!(
        kind_of(&[bytes(1, "a"), float(2, 1.0), bytes(5, "")]).0,
        Kind::Histogram
    );
    let (tags, _) = take(&[event(
        0,
        0.0,
        &[simple("a", 1.0), bytes(3, "brain.Event:2")].concat(),
    )]);
    assert!(tags.is_empty());
}

#[test]
fn a_summary_in_parts_is_one() {
    let (tags, _) = take(&[event(
        0,
        0.0,
        &[simple("a", 1.0), simple("b", 2.0)].concat(),
    )]);
    assert_eq!(tags.len(), 2);
}

#[test]
fn steps_may_be_negative_and_times_anything() {
    let events = [(-5, f64::NAN), (i64::MIN, f64::INFINITY), (i64::MAX, -1.0)];
    let events = events.map(|(step, time)| event(step, time, &simple("a", f32::NAN)));
    let (mut intake, mut run) = (Intake::default(), RunMetadata::default());
    events
        .iter()
        .for_each(|event| intake.add(event, 0, &mut run).unwrap());
    let batch = intake.take_batch().unwrap();
    assert_eq!(batch.tags[0].steps, [-5, i64::MIN, i64::MAX]);
    assert!(batch.tags[0].wall_times_s[0].is_nan() && batch.tags[0].values[0].is_nan());
    assert_eq!(batch.wall_span_s, Some((-1.0, -1.0)));
}

#[test]
fn old_names_and_odd_bytes() {
    assert_eq!(
        only(&[bytes(7, "node"), float(2, 1.0)]).tag.as_ref(),
        "node"
    );
    assert_eq!(
        only(&[bytes(7, "node"), bytes(1, "tag"), float(2, 1.0)])
            .tag
            .as_ref(),
        "tag"
    );
    assert_eq!(
        only(&[bytes(1, b"caf\xe9"), float(2, 1.0)]).tag.as_ref(),
        "caf\\xe9"
    );
    assert_eq!(only(&[float(2, 1.0)]).tag.as_ref(), "");
}

#[test]
fn old_encodings_say_what_they_are() {
    let own = metadata("text");
    for (field, kind, plugin) in [
        (float(2, 1.0), Kind::Scalar, "scalars"),
        (bytes(4, ""), Kind::Image, "images"),
        (bytes(5, ""), Kind::Histogram, "histograms"),
        (bytes(6, ""), Kind::Audio, "audio"),
    ] {
        let found = kind_of(&[bytes(1, "a"), field.clone(), own.clone()]);
        assert_eq!(found, (kind, plugin.to_owned()));
        assert_eq!(kind_of(&[bytes(1, "a"), field]), (kind, plugin.to_owned()));
    }
    assert_eq!(kind_of(&[bytes(1, "a"), bytes(3, "")]).0, Kind::Unknown);
}

#[test]
fn tensors_are_what_their_plugin_says() {
    for (plugin, kind) in [
        ("scalars", Kind::Scalar),
        ("images", Kind::Image),
        ("audio", Kind::Audio),
        ("histograms", Kind::Histogram),
        ("text", Kind::Text),
        ("pr_curves", Kind::PrCurve),
        ("mesh", Kind::Mesh),
        ("custom_scalars", Kind::CustomScalars),
        ("hparams", Kind::Hparams),
        ("graph_keras_model", Kind::Graph),
        ("graph_run_metadata", Kind::RunMetadata),
        ("graph_run_metadata_graph", Kind::RunMetadata),
        ("my_plugin", Kind::Tensor),
    ] {
        let tensor = bytes(8, int(1, 1));
        let found = kind_of(&[bytes(1, "a"), tensor, metadata(plugin)]);
        assert_eq!(found, (kind, plugin.to_owned()));
    }
    assert_eq!(
        kind_of(&[bytes(1, "a"), bytes(8, int(1, 1))]),
        (Kind::Tensor, String::new())
    );
}

#[test]
fn metadata_alone_counts_for_its_kind() {
    assert_eq!(
        kind_of(&[bytes(1, "a"), metadata("hparams")]).0,
        Kind::Hparams
    );
    assert_eq!(
        kind_of(&[bytes(1, "a"), metadata("scalars")]).0,
        Kind::Unknown
    );
    assert_eq!(kind_of(&[bytes(1, "a")]), (Kind::Unknown, String::new()));
}

#[test]
fn a_scalar_of_many_elements_is_a_tensor() {
    let shape = bytes(2, bytes(2, int(1, 2)));
    let tensor = bytes(8, [int(1, 1), shape, float(5, 1.0), float(5, 2.0)].concat());
    let found = kind_of(&[bytes(1, "a"), tensor, metadata("scalars")]);
    assert_eq!(found, (Kind::Tensor, "scalars".to_owned()));
}

#[test]
fn the_first_metadata_of_a_tag_lasts() {
    let described = [
        bytes(1, bytes(1, "scalars")),
        bytes(2, "Loss"),
        bytes(3, "*how wrong*"),
    ];
    let events = [
        event(0, 0.0, &tensor("a", 1.0, &bytes(9, described.concat()))),
        event(1, 1.0, &tensor("a", 2.0, b"")),
        event(2, 2.0, &tensor("b", 3.0, b"")),
    ];
    let (tags, faults) = take(&events);
    assert_eq!(faults, []);
    assert_eq!(
        (tags[0].kind, &tags[0].values[..]),
        (Kind::Scalar, &[1.0, 2.0][..])
    );
    assert_eq!(
        (
            tags[0].meta.display_name.as_str(),
            tags[0].meta.description.as_str()
        ),
        ("Loss", "*how wrong*")
    );
    assert_eq!(tags[1].kind, Kind::Tensor);
}

#[test]
fn a_values_own_metadata_wins() {
    let events = [
        event(0, 0.0, &tensor("a", 1.0, &metadata("scalars"))),
        event(1, 1.0, &tensor("a", 2.0, &metadata("text"))),
        event(2, 2.0, &tensor("a", 3.0, b"")),
    ];
    let (tags, _) = take(&events);
    let counts: Vec<_> = tags.iter().map(|tag| (tag.kind, tag.steps.len())).collect();
    assert_eq!(counts, [(Kind::Scalar, 2), (Kind::Text, 1)]);
}

#[test]
fn display_names_of_old_summaries_are_kept() {
    let tag = only(&[
        bytes(1, "loss/scalar_summary"),
        float(2, 1.0),
        bytes(9, bytes(2, "loss")),
    ]);
    assert_eq!(
        (tag.meta.display_name.as_str(), tag.meta.plugin.as_str()),
        ("loss", "scalars")
    );
}

#[test]
fn graphs_and_traces_are_listed() {
    let (tags, _) = take(&[
        event(0, 0.0, &bytes(4, "graph")),
        event(0, 0.0, &bytes(9, "meta graph")),
        event(
            7,
            0.0,
            &bytes(8, [bytes(1, "step7"), bytes(2, "trace")].concat()),
        ),
    ]);
    let seen: Vec<_> = tags
        .iter()
        .map(|tag| (tag.tag.as_ref(), tag.kind, tag.steps.clone()))
        .collect();
    let expected = [
        ("__run_graph__", Kind::Graph, vec![0]),
        ("step7", Kind::RunMetadata, vec![7]),
    ];
    assert_eq!(seen, expected);
    let (tags, _) = take(&[event(0, 0.0, &bytes(9, "meta graph"))]);
    assert_eq!(tags[0].kind, Kind::Graph);
}

#[test]
fn sessions_begin_before_the_next_point_of_each_tag() {
    let start = event(0, 0.0, &bytes(7, int(1, 1)));
    let stop = event(0, 0.0, &bytes(7, int(1, 2)));
    let a = |step| event(step, 0.0, &simple("a", 0.0));
    let b = |step| event(step, 0.0, &simple("b", 0.0));
    let (tags, _) = take(&[
        a(0),
        a(1),
        stop,
        start.clone(),
        a(2),
        start.clone(),
        start,
        b(0),
        a(3),
    ]);
    assert_eq!(tags[0].session_starts, [2, 3]);
    assert_eq!(tags[1].session_starts, [0]);
}

#[test]
fn batches_hold_only_what_is_new() {
    let (mut intake, mut run) = (Intake::default(), RunMetadata::default());
    assert!(intake.take_batch().is_none());
    intake
        .add(&event(0, 0.0, &simple("a", 1.0)), 0, &mut run)
        .unwrap();
    intake
        .add(&event(0, 0.0, &simple("b", 1.0)), 0, &mut run)
        .unwrap();
    assert_eq!(intake.take_batch().unwrap().tags.len(), 2);
    intake
        .add(&event(1, 0.0, &simple("b", 2.0)), 0, &mut run)
        .unwrap();
    let batch = intake.take_batch().unwrap();
    assert_eq!((batch.tags.len(), &batch.tags[0].steps[..]), (1, &[1][..]));
    assert!(intake.take_batch().is_none());
}

#[test]
fn bad_values_do_not_take_the_good_with_them() {
    let good = bytes(1, [bytes(1, "a"), float(2, 1.0)].concat());
    let bad_tensor = bytes(8, [int(1, 1), bytes(4, "123")].concat());
    let bad = bytes(1, [bytes(1, "b"), bad_tensor, metadata("scalars")].concat());
    let cut = bytes(1, b"\x0a\x05c");
    let (tags, faults) = take(&[event(0, 0.0, &bytes(5, [cut, bad, good].concat()))]);
    assert_eq!(faults, [Fault::Values(2)]);
    assert_eq!(tags.len(), 1);
    assert_eq!(take(&[b"\x2a\x05".to_vec()]).1, [Fault::Event]);
}

#[test]
fn tags_in_any_order_land_in_their_own_column() {
    let order = [0, 1, 2, 0, 1, 2, 2, 1, 0, 0, 3, 1, 0, 1, 2, 3];
    let events: Vec<_> = order
        .iter()
        .enumerate()
        .map(|(step, tag)| event(step as i64, 0.0, &simple(&format!("t{tag}"), *tag as f32)))
        .collect();
    let (tags, _) = take(&events);
    for tag in &tags {
        let number: f64 = tag.tag[1..].parse().unwrap();
        let expected: Vec<_> = (0..order.len())
            .filter(|&at| f64::from(order[at]) == number)
            .collect();
        assert_eq!(
            tag.steps,
            expected.iter().map(|&at| at as i64).collect::<Vec<_>>()
        );
        assert!(tag.values.iter().all(|&value| value == number));
    }
    assert_eq!(tags.len(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(raw in prop::collection::vec(any::<u8>(), 0..80)) {
        take(&[raw.clone(), event(0, 0.0, &raw), event(0, 0.0, &summary(&raw)), event(0, 0.0, &tensor("a", 1.0, &raw))]);
    }
}
