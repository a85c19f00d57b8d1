"""`SummaryWriter`: logs a run, with the methods and arguments of PyTorch's class."""

from __future__ import annotations

import time

from farboard.writer.event import checked_step, summary_event
from farboard.writer.media_writer import MediaWriter
from farboard.writer.run_writer import as_wall_time, checked_tag
from farboard.writer.scalar import (
    PRECISIONS,
    as_float,
    as_int64,
    as_step,
    scalar_event,
    tensor_scalar_event,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from farboard.writer.custom_scalars import Layout

_STEP_BITS = 63  # besides the sign
_DEFAULT_TITLE, _DEFAULT_CATEGORY = "untitled", "default"


class SummaryWriter(MediaWriter):
    """Writes one run: a directory with an event file.

    A call only puts its value into a queue; a thread encodes and writes (`outbox.py` says when, and
    what happens when it cannot). Arrays are copied, so they may be changed at once. What was
    flushed is readable and stays so, even when the training is killed the next moment; everything
    is flushed on `flush` and `close`, and when Python ends. May be used from several threads. A
    writer that is used again after `close`, or in a forked or spawned process, goes on in a new
    file.

    All values may be Python's numbers, numpy arrays, or anything with `__array__` or `__dlpack__`:
    tensors of PyTorch (on a GPU, with gradients), JAX, TensorFlow, CuPy. `global_step` is where on
    the x axis, 0 when left out; `walltime` is Unix time in seconds, now when left out.

    Args:
        log_dir: the run's directory; by default a new one under `runs/`, named by time and host.
        comment: ends the name of the default directory.
        purge_step: this run goes on from a checkpoint; what was logged at this step or later is
            of the past.
        max_queue: how many values may wait before they are written at once.
        flush_secs: how long, in seconds, a value may wait; never longer than a second.
        filename_suffix: ends the name of the event file.

    Raises:
        OSError: the directory or the file cannot be made; from every method: the disk refused, once
            for each time that it begins to, and nothing is lost yet.
    """

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
        *,
        precision: str | None = None,
    ) -> None:
        """Log one point of one curve.

        Args:
            tag: the curve's name; `/` makes groups.
            scalar_value: a number, or an array or tensor with one element.
            global_step: where on the x axis.
            walltime: Unix time in seconds.
            new_style: write TensorFlow 2's form (a tensor).
            double_precision: with `new_style`, keep 64 bits instead of 32.
            precision: "float64" or "int64" keeps all 64 bits, "float32" is TensorFlow 2's form.
                TensorBoard's default loader does not show the 64-bit ones; Farboard does.

        Raises:
            TypeError, ValueError: this is not one number, or not a step.
        """
        step = global_step if type(global_step) is int else as_step(global_step)
        wall_time_s = time.time() if walltime is None else float(walltime)
        if new_style or precision is not None:
            self._add_tensor_scalar(
                tag,
                scalar_value,
                step,
                wall_time_s,
                precision or ("float64" if double_precision else "float32"),
            )
            return
        value = scalar_value if type(scalar_value) is float else as_float(scalar_value)
        # Little memory is touched here: after a step of training none of it is in a cache.
        if step.bit_length() > _STEP_BITS:
            checked_step(step)
        if type(tag) is not str or not tag.isascii():
            checked_tag(tag)
        self._outbox.put(self._file, scalar_event, (tag, value, step, wall_time_s))

    def _add_tensor_scalar(
        self, tag: str, value: Any, step: int, wall_time_s: float, precision: str
    ) -> None:
        if precision not in PRECISIONS:
            raise ValueError(f"precision is one of {', '.join(PRECISIONS)}, not {precision!r}")
        number = as_int64(value) if precision == "int64" else as_float(value)
        arguments = (checked_tag(tag), number, as_step(step), wall_time_s, precision)
        self._outbox.put(self._file, tensor_scalar_event, arguments)

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Any],
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Log several curves to be drawn together: each goes into a run of its own below this one.

        Args:
            main_tag: the name all curves have.
            tag_scalar_dict: {curve: number}; the curve ends its run's name.
            global_step: where on the x axis.
            walltime: Unix time in seconds.
        """
        step, wall_time_s = as_step(global_step), as_wall_time(walltime)
        numbers = {tag: as_float(value) for tag, value in tag_scalar_dict.items()}
        checked_tag(main_tag)
        for tag, number in numbers.items():
            file = self._sub_run(f"{main_tag.replace('/', '_')}_{tag}")
            self._outbox.put(file, scalar_event, (main_tag, number, step, wall_time_s))

    def log(
        self,
        values: Mapping[str, Any],
        step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Log several values at one step, in one record: `log({"loss": 0.3, "acc": 0.9}, step)`.

        Args:
            values: {tag: number or text}; nested mappings are joined with `/`.
            step: where on the x axis; the one after the last call's when left out.
            walltime: Unix time in seconds.

        Raises:
            TypeError, ValueError: a value is neither a number nor a text; nothing is logged then.
        """
        from farboard.writer.mapping import mapping_event, mapping_values

        step = self._next_step if step is None else as_step(step)
        encoded = mapping_values(values)
        self._outbox.put(self._file, mapping_event, (encoded, step, as_wall_time(walltime)))
        self._next_step = step + 1

    def add_tensor(
        self,
        tag: str,
        tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Log an array of any shape and numeric type as it is.

        Raises:
            TypeError: elements of this type have no place in a file.
        """
        from farboard.writer import arrays
        from farboard.writer.tensor import can_hold, plain_tensor_value

        array = arrays.snapshot(tensor)
        if not can_hold(array.dtype.name):
            raise TypeError(f"a tensor cannot hold elements of type {array.dtype}")
        self._add(tag, global_step, walltime, plain_tensor_value, array, arrays.is_bfloat16(tensor))

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: int | None = None,
        bins: Any = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """Log how often which values occur.

        Args:
            tag: its name.
            values: at least one number; NaN and Inf are counted, but are in no bucket.
            global_step: when.
            bins: "tensorflow" (edges that grow by a tenth), or what `numpy.histogram` takes.
            walltime: Unix time in seconds.
            max_bins: no more buckets than about this many.

        Raises:
            ValueError: there are no values, or `bins` says nothing.
        """
        from farboard.writer import arrays
        from farboard.writer.histogram import checked_bins, histogram_value

        array = arrays.snapshot(values)
        if array.size == 0:
            raise ValueError("a histogram needs at least one value")
        if max_bins is not None and max_bins < 1:
            raise ValueError(f"max_bins has to be at least 1, not {max_bins}")
        self._add(tag, global_step, walltime, histogram_value, array, checked_bins(bins), max_bins)

    def add_histogram_raw(
        self,
        tag: str,
        min: float,  # noqa: A002  PyTorch's names
        max: float,  # noqa: A002
        num: int,
        sum: float,  # noqa: A002
        sum_squares: float,
        bucket_limits: Any,
        bucket_counts: Any,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Log a histogram that was counted elsewhere.

        Args:
            tag: its name.
            min: the least value.
            max: the greatest value.
            num: how many values there are.
            sum: of all values.
            sum_squares: of all values.
            bucket_limits: the upper end of each bucket.
            bucket_counts: how many values each holds.
            global_step: when.
            walltime: Unix time in seconds.

        Raises:
            ValueError: there are not as many limits as counts.
        """
        from farboard.writer import arrays
        from farboard.writer.histogram import histogram_raw_value

        limits, counts = arrays.snapshot(bucket_limits), arrays.snapshot(bucket_counts)
        if limits.shape != counts.shape or limits.ndim != 1:
            raise ValueError(f"{limits.shape} bucket_limits, but {counts.shape} bucket_counts")
        numbers = [as_float(number) for number in (min, max, num, sum, sum_squares)]
        self._add(tag, global_step, walltime, histogram_raw_value, *numbers, limits, counts)

    def add_pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        global_step: int | None = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log a precision-recall curve.

        Args:
            tag: its name.
            labels: what is true, 0 or 1 (or bools).
            predictions: as many numbers in [0, 1].
            global_step: when.
            num_thresholds: at how many thresholds, at most 127.
            weights: how much each counts, one number or as many as labels.
            walltime: Unix time in seconds.

        Raises:
            TypeError: some are complex.
            ValueError: there are not as many of one as of the other.
        """
        from farboard.writer import arrays, pr_curve

        truth, guesses = arrays.snapshot(labels), arrays.snapshot(predictions)
        if truth.shape != guesses.shape:
            raise ValueError(f"labels {truth.shape}, but predictions {guesses.shape}")
        each = arrays.snapshot(1.0 if weights is None else weights)
        if each.shape not in ((), truth.shape):
            raise ValueError(f"labels {truth.shape}, but weights {each.shape}")
        if "c" in {truth.dtype.kind, guesses.dtype.kind, each.dtype.kind}:
            raise TypeError("labels, predictions and weights have to be real numbers")
        if num_thresholds < 1:
            raise ValueError(f"num_thresholds has to be at least 1, not {num_thresholds}")
        curve = pr_curve.pr_curve_value
        self._add(tag, global_step, walltime, curve, truth, guesses, int(num_thresholds), each)

    def add_pr_curve_raw(
        self,
        tag: str,
        true_positive_counts: Any,
        false_positive_counts: Any,
        true_negative_counts: Any,
        false_negative_counts: Any,
        precision: Any,
        recall: Any,
        global_step: int | None = None,
        num_thresholds: int = 127,
        weights: Any = None,  # noqa: ARG002  PyTorch has it, and does not use it either
        walltime: float | None = None,
    ) -> None:
        """Log a precision-recall curve that was counted elsewhere: a number for each threshold.

        Raises:
            ValueError: the arrays are not of one shape.
        """
        from farboard.writer import arrays, pr_curve

        counts = true_positive_counts, false_positive_counts, true_negative_counts
        rows = [*counts, false_negative_counts, precision, recall]
        curve = pr_curve.stacked([arrays.snapshot(row) for row in rows])
        if curve.ndim != 2:
            raise ValueError(f"a curve is a list of numbers, not of shape {curve.shape[1:]}")
        self._add(
            tag, global_step, walltime, pr_curve.pr_curve_raw_value, curve, int(num_thresholds)
        )

    def add_hparams(
        self,
        hparam_dict: Mapping[str, Any],
        metric_dict: Mapping[str, Any],
        hparam_domain_discrete: Mapping[str, Sequence[Any]] | None = None,
        run_name: str | None = None,
        global_step: int | None = None,
    ) -> None:
        """Log what this run was started with and what came out.

        Args:
            hparam_dict: {name: number, bool or text}; nested mappings are joined with `/`.
            metric_dict: {tag: number}, logged as scalars.
            hparam_domain_discrete: {name: [values it may have]}.
            run_name: write into a run of this name below this one, as PyTorch always does; by
                default everything stays in this run, where its curves are.
            global_step: where on the x axis the metrics are.

        Raises:
            TypeError: these are no mappings, or values of a domain are of another type.
        """
        from farboard.writer import hparams

        if not hasattr(hparam_dict, "items") or not hasattr(metric_dict, "items"):
            raise TypeError("hparam_dict and metric_dict have to be dictionaries")
        values = hparams.plain(hparam_dict)
        metrics = {tag: as_float(value) for tag, value in metric_dict.items()}
        if run_name is None:  # a run has one session: what it was told before still holds
            values = {**self._hparams, **values}
        experiment = hparams.experiment_value(values, metrics, hparam_domain_discrete)
        file = self._file if run_name is None else self._sub_run(run_name)
        if run_name is None:
            self._hparams = values
        if run_name is None and self._session is not None:
            session = [experiment, self._session.start(values)]
        else:
            session = [experiment, hparams.start_value(values), hparams.end_value()]
        arguments = session, metrics, as_step(global_step), time.time()
        self._outbox.put(file, hparams.session_events, arguments)

    def add_custom_scalars(self, layout: Layout) -> None:
        """Say which curves are to be drawn together.

        Args:
            layout: {category: {title: ["Multiline", [tags]] or ["Margin", [value, low, high]]}}.

        Raises:
            ValueError: the tags of a margin chart are not three.
        """
        from farboard.writer.custom_scalars import layout_value

        self._outbox.put(self._file, summary_event, ([layout_value(layout)], 0, time.time()))

    def add_custom_scalars_multilinechart(
        self,
        tags: Sequence[str],
        category: str = _DEFAULT_CATEGORY,
        title: str = _DEFAULT_TITLE,
    ) -> None:
        """Have several curves drawn in one chart."""
        self.add_custom_scalars({category: {title: ["Multiline", tags]}})

    def add_custom_scalars_marginchart(
        self,
        tags: Sequence[str],
        category: str = _DEFAULT_CATEGORY,
        title: str = _DEFAULT_TITLE,
    ) -> None:
        """Have a curve drawn with its margin: `tags` are the value, its lower and upper bound."""
        self.add_custom_scalars({category: {title: ["Margin", tags]}})

    def add_graph(
        self,
        model: Any,
        input_to_model: Any = None,
        verbose: bool = False,
        use_strict_trace: bool = True,
    ) -> None:
        """Log the graph of a PyTorch model, traced by PyTorch's own exporter.

        Raises:
            FarboardError: PyTorch or tensorboard, whose messages it is made of, is not installed.
        """
        from farboard.writer import graph

        graph_def, run_metadata = graph.model_graph(
            model, input_to_model, verbose=verbose, strict=use_strict_trace
        )
        self._outbox.put(self._file, graph.graph_events, (graph_def, run_metadata, time.time()))

    def add_onnx_graph(self, prototxt: str) -> None:
        """Log the graph of an ONNX file, read by PyTorch's own reader.

        Raises:
            FarboardError: PyTorch, tensorboard or onnx is not installed.
        """
        from farboard.writer import graph

        graph_def = graph.onnx_graph(prototxt)
        self._outbox.put(self._file, graph.graph_events, (graph_def, None, time.time()))
