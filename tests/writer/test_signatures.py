"""The class looks as PyTorch's does: methods, arguments, their order and their defaults."""

from __future__ import annotations

import inspect

import pytest
import tensorboardX

from farboard.writer.summary_writer import SummaryWriter

TORCH = {
    "__init__": "log_dir=None, comment='', purge_step=None, max_queue=10, flush_secs=120, "
    "filename_suffix=''",
    "get_logdir": "",
    "add_hparams": "hparam_dict, metric_dict, hparam_domain_discrete=None, run_name=None, "
    "global_step=None",
    "add_scalar": "tag, scalar_value, global_step=None, walltime=None, new_style=False, "
    "double_precision=False",
    "add_scalars": "main_tag, tag_scalar_dict, global_step=None, walltime=None",
    "add_tensor": "tag, tensor, global_step=None, walltime=None",
    "add_histogram": "tag, values, global_step=None, bins='tensorflow', walltime=None, "
    "max_bins=None",
    "add_histogram_raw": "tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts, "
    "global_step=None, walltime=None",
    "add_image": "tag, img_tensor, global_step=None, walltime=None, dataformats='CHW'",
    "add_images": "tag, img_tensor, global_step=None, walltime=None, dataformats='NCHW'",
    "add_image_with_boxes": "tag, img_tensor, box_tensor, global_step=None, walltime=None, "
    "rescale=1, dataformats='CHW', labels=None",
    "add_figure": "tag, figure, global_step=None, close=True, walltime=None",
    "add_video": "tag, vid_tensor, global_step=None, fps=4, walltime=None",
    "add_audio": "tag, snd_tensor, global_step=None, sample_rate=44100, walltime=None",
    "add_text": "tag, text_string, global_step=None, walltime=None",
    "add_onnx_graph": "prototxt",
    "add_graph": "model, input_to_model=None, verbose=False, use_strict_trace=True",
    "add_embedding": "mat, metadata=None, label_img=None, global_step=None, tag='default', "
    "metadata_header=None",
    "add_pr_curve": "tag, labels, predictions, global_step=None, num_thresholds=127, "
    "weights=None, walltime=None",
    "add_pr_curve_raw": "tag, true_positive_counts, false_positive_counts, "
    "true_negative_counts, false_negative_counts, precision, recall, global_step=None, "
    "num_thresholds=127, weights=None, walltime=None",
    "add_custom_scalars_multilinechart": "tags, category='default', title='untitled'",
    "add_custom_scalars_marginchart": "tags, category='default', title='untitled'",
    "add_custom_scalars": "layout",
    "add_mesh": "tag, vertices, colors=None, faces=None, config_dict=None, global_step=None, "
    "walltime=None",
    "flush": "",
    "close": "",
    "__enter__": "",
}
"""Of torch.utils.tensorboard.SummaryWriter in PyTorch 2."""

ALIKE = {
    "add_histogram_raw",
    "add_custom_scalars",
    "add_custom_scalars_multilinechart",
    "add_custom_scalars_marginchart",
    "add_text",
    "add_images",
}


def positional(function: object) -> str:
    """Arguments that may be given by place, as one would write them."""
    parameters = list(inspect.signature(function).parameters.values())[1:]  # type: ignore[arg-type]
    shown = [
        one.name if one.default is one.empty else f"{one.name}={one.default!r}"
        for one in parameters
        if one.kind is one.POSITIONAL_OR_KEYWORD
    ]
    return ", ".join(shown)


@pytest.mark.parametrize("name", TORCH)
def test_arguments_are_pytorchs(name: str) -> None:
    assert positional(getattr(SummaryWriter, name)) == TORCH[name]


def test_the_table_is_pytorchs() -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    theirs = pytest.importorskip("torch.utils.tensorboard").SummaryWriter
    methods = dict(inspect.getmembers(theirs, inspect.isfunction))
    public = {name for name in methods if not name.startswith("_")}
    assert public <= set(TORCH)
    assert {name: positional(methods[name]) for name in TORCH} == TORCH


@pytest.mark.parametrize("name", sorted(ALIKE))
def test_the_table_agrees_with_tensorboardx(name: str) -> None:
    """Where both are alike; so the table is not only ours."""
    theirs = positional(getattr(tensorboardX.SummaryWriter, name))
    assert theirs.startswith(TORCH[name]) or TORCH[name].startswith(theirs)


def test_every_method_of_tensorboardx_with_a_value_is_there() -> None:
    methods = {name for name in dir(tensorboardX.SummaryWriter) if name.startswith("add_")}
    left_out = {"add_openvino_graph"}
    assert methods - left_out <= set(dir(SummaryWriter))


def test_every_method_is_described() -> None:
    for name, method in inspect.getmembers(SummaryWriter, inspect.isfunction):
        if not name.startswith("_"):
            assert inspect.getdoc(method), name
