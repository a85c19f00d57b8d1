//! An answer as an Arrow IPC stream: the schema, one record batch with a row per series, the end.

use std::sync::Arc;

use arrow_array::types::{Float64Type, Int64Type, UInt8Type, UInt64Type};
use arrow_array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, Float64Array, ListArray, PrimitiveArray,
    RecordBatch, UInt32Array, UInt64Array,
};
use arrow_buffer::OffsetBuffer;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, Field, Schema};

use super::answer::{Answer, Series};

/// What the stream has beside the columns' own bytes, about.
const ROOM_FOR_HEADERS_BYTES: usize = 4096;

/// Writes the stream. Fails only when Arrow finds the columns at odds, which would be our mistake.
pub fn to_arrow(answer: &Answer) -> Result<Vec<u8>, ArrowError> {
    let series = &answer.series;
    let heads = || series.iter().map(|series| &series.head);
    let ids = UInt32Array::from_iter_values(heads().map(|head| head.id));
    let points = UInt64Array::from_iter_values(heads().map(|head| head.points as u64));
    let superseded_points = heads().map(|head| head.superseded_points as u64);
    let exact: Vec<bool> = heads().map(|head| head.exact).collect();
    let first_wall_times_s = heads().map(|head| head.first_wall_time_s);
    let columns: [(&str, ArrayRef); 15] = [
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
        ("step", lists::<Int64Type>(series, |series| &series.steps)?),
        (
            "wall_time",
            lists::<Float64Type>(series, |series| &series.wall_times_s)?,
        ),
        (
            "value",
            lists::<Float64Type>(series, |series| &series.values)?,
        ),
        (
            "smoothed",
            lists::<Float64Type>(series, |series| &series.smoothed)?,
        ),
        (
            "superseded",
            lists::<UInt8Type>(series, |series| &series.superseded)?,
        ),
        ("x", lists::<Float64Type>(series, |series| &series.xs)?),
        (
            "resume_step",
            lists::<Int64Type>(series, |series| &series.resumes.steps)?,
        ),
        (
            "resume_wall_time",
            lists::<Float64Type>(series, |series| &series.resumes.wall_times_s)?,
        ),
        (
            "resume_x",
            lists::<Float64Type>(series, |series| &series.resumes.xs)?,
        ),
        (
            "resume_superseded",
            lists::<UInt64Type>(series, |series| &series.resumes.superseded)?,
        ),
    ];
    let field =
        |(name, column): &(&str, ArrayRef)| Field::new(*name, column.data_type().clone(), false);
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;

    let bytes = batch.get_array_memory_size() + ROOM_FOR_HEADERS_BYTES;
    let mut writer = StreamWriter::try_new(Vec::with_capacity(bytes), &schema)?;
    writer.write(&batch)?;
    writer.into_inner()
}

/// One list per series.
fn lists<T: ArrowPrimitiveType>(
    series: &[Series],
    list: impl Fn(&Series) -> &Vec<T::Native>,
) -> Result<ArrayRef, ArrowError> {
    let offsets = OffsetBuffer::from_lengths(series.iter().map(|series| list(series).len()));
    let mut values = Vec::with_capacity(series.iter().map(|series| list(series).len()).sum());
    series
        .iter()
        .for_each(|series| values.extend_from_slice(list(series)));
    let values = PrimitiveArray::<T>::new(values.into(), None);
    let field = Arc::new(Field::new_list_field(T::DATA_TYPE, false));
    Ok(Arc::new(ListArray::try_new(
        field,
        offsets,
        Arc::new(values),
        None,
    )?))
}
