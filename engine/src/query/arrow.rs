//! An answer as an Arrow IPC stream: the schema, one record batch with a row per series, the end.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, RecordBatch, UInt8Array,
    UInt32Array, UInt64Array,
};
use arrow_buffer::OffsetBuffer;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, Field, Schema};

use super::answer::Answer;

/// Writes the stream. Fails only when Arrow finds the columns at odds, which would be our mistake.
pub fn to_arrow(answer: Answer) -> Result<Vec<u8>, ArrowError> {
    let heads = &answer.heads;
    let ends = &answer.ends;
    let ids = UInt32Array::from_iter_values(heads.iter().map(|head| head.id));
    let points = UInt64Array::from_iter_values(heads.iter().map(|head| head.points as u64));
    let superseded_points = heads.iter().map(|head| head.superseded_points as u64);
    let exact: Vec<bool> = heads.iter().map(|head| head.exact).collect();
    let first_wall_times_s = heads.iter().map(|head| head.first_wall_time_s);
    let columns: [(&str, ArrayRef); 10] = [
        ("id", Arc::new(ids)),
        ("points", Arc::new(points)),
        (
            "superseded_points",
            Arc::new(UInt64Array::from_iter_values(superseded_points)),
        ),
        ("exact", Arc::new(BooleanArray::from(exact))),
        (
            "first_wall_time_s",
            Arc::new(Float64Array::from_iter_values(first_wall_times_s)),
        ),
        ("step", lists(ends, Int64Array::from(answer.steps))?),
        (
            "wall_time",
            lists(ends, Float64Array::from(answer.wall_times_s))?,
        ),
        ("value", lists(ends, Float64Array::from(answer.values))?),
        (
            "smoothed",
            lists(ends, Float64Array::from(answer.smoothed))?,
        ),
        (
            "superseded",
            lists(ends, UInt8Array::from(answer.superseded))?,
        ),
    ];
    let field =
        |(name, column): &(&str, ArrayRef)| Field::new(*name, column.data_type().clone(), false);
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;

    let mut writer = StreamWriter::try_new(Vec::new(), &schema)?;
    writer.write(&batch)?;
    writer.into_inner()
}

/// One list per series; without any values, one empty list per series.
fn lists(ends: &[usize], values: impl Array + 'static) -> Result<ArrayRef, ArrowError> {
    let offsets = if values.is_empty() {
        OffsetBuffer::new_zeroed(ends.len())
    } else {
        let mut start = 0;
        OffsetBuffer::from_lengths(
            ends.iter()
                .map(|&end| end - std::mem::replace(&mut start, end)),
        )
    };
    let field = Arc::new(Field::new_list_field(values.data_type().clone(), false));
    Ok(Arc::new(ListArray::try_new(
        field,
        offsets,
        Arc::new(values),
        None,
    )?))
}
