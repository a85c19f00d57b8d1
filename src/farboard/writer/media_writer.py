"""What is seen or heard of a run: images, figures, videos, audio, texts, meshes, embeddings."""

from __future__ import annotations

from farboard.writer.run_writer import RunWriter
from farboard.writer.scalar import as_step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray


class MediaWriter(RunWriter):
    """The methods of `SummaryWriter` for them; each loads what it needs when it is called."""

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """Log an image.

        Args:
            tag: its name.
            img_tensor: uint8, or numbers in [0, 1].
            global_step: when.
            walltime: Unix time in seconds.
            dataformats: what its axes are: CHW, HWC, HW, WH …, or with N a grid of images.

        Raises:
            ValueError: the axes do not fit.
        """
        from farboard.writer import image

        image.import_pillow()
        pixels = self._pixels(img_tensor, dataformats)
        self._add(tag, global_step, walltime, image.image_value, pixels)

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """Log a batch of images in a grid; as `add_image`, with N for the axis of the batch."""
        self.add_image(tag, img_tensor, global_step, walltime, dataformats)

    def add_image_with_boxes(
        self,
        tag: str,
        img_tensor: Any,
        box_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        rescale: float = 1,
        dataformats: str = "CHW",
        labels: Sequence[str] | str | None = None,
    ) -> None:
        """Log an image with boxes drawn into it.

        Args:
            tag: its name.
            img_tensor: uint8, or numbers in [0, 1].
            box_tensor: [n, 4]: left, top, right, bottom in pixels.
            global_step: when.
            walltime: Unix time in seconds.
            rescale: size of what is written, of what was given.
            dataformats: what the axes of the image are.
            labels: one for each box; others are not drawn.

        Raises:
            ValueError: the axes do not fit.
        """
        from farboard.writer import arrays, image

        image.import_pillow()
        pixels = self._pixels(img_tensor, dataformats)
        corners = arrays.snapshot(box_tensor)
        if corners.ndim != 2 or corners.shape[1] != 4:
            raise ValueError(f"boxes have the shape [n, 4], not {corners.shape}")
        if not rescale > 0:
            raise ValueError(f"rescale has to be greater than 0, not {rescale}")
        names = [labels] if isinstance(labels, str) else labels
        names = (
            [str(name) for name in names]
            if names is not None and len(names) == len(corners)
            else None
        )
        boxes = image.Boxes(corners, names)
        self._add(tag, global_step, walltime, image.image_value, pixels, rescale, boxes)

    def add_figure(
        self,
        tag: str,
        figure: Any,
        global_step: int | None = None,
        close: bool = True,
        walltime: float | None = None,
    ) -> None:
        """Log one of matplotlib's figures, or a list of them, all of one size, in a grid.

        `close` closes them afterwards.
        """
        import numpy as np

        from farboard.writer.figure import figure_pixels

        if not isinstance(figure, list):
            pixels = figure_pixels(figure, close=close)
            self.add_image(tag, pixels, global_step, walltime, dataformats="HWC")
            return
        batch = np.stack([figure_pixels(one, close=close) for one in figure])
        self.add_image(tag, batch, global_step, walltime, dataformats="NHWC")

    def add_video(
        self,
        tag: str,
        vid_tensor: Any,
        global_step: int | None = None,
        fps: float = 4,
        walltime: float | None = None,
    ) -> None:
        """Log videos of a batch, side by side, as an animated GIF.

        Args:
            tag: its name.
            vid_tensor: [batch, time, 1 or 3 channels, height, width], uint8 or in [0, 1].
            global_step: when.
            fps: frames per second.
            walltime: Unix time in seconds.

        Raises:
            ValueError: the shape does not fit.
        """
        from farboard.writer import arrays, image, video

        image.import_pillow()
        video.check_video(arrays.view_with_numpy(vid_tensor))
        if not fps > 0:
            raise ValueError(f"fps has to be greater than 0, not {fps}")
        frames = arrays.snapshot(vid_tensor)
        self._add(tag, global_step, walltime, video.video_value, frames, float(fps))

    def add_audio(
        self,
        tag: str,
        snd_tensor: Any,
        global_step: int | None = None,
        sample_rate: int = 44100,
        walltime: float | None = None,
    ) -> None:
        """Log a clip.

        Args:
            tag: its name.
            snd_tensor: [frames], [frames, 2] or [2, frames] in [-1, 1], the rest is clipped; int16
                is taken as samples.
            global_step: when.
            sample_rate: in hertz.
            walltime: Unix time in seconds.

        Raises:
            ValueError: it is empty, or has more than two channels.
        """
        from farboard.writer import arrays, audio

        if not sample_rate >= 1:
            raise ValueError(f"sample_rate has to be at least 1, not {sample_rate}")
        frames = audio.frames_of(arrays.snapshot(snd_tensor))
        self._add(tag, global_step, walltime, audio.audio_value, frames, int(sample_rate))

    def add_text(
        self,
        tag: str,
        text_string: str,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Log a text; Markdown is shown as such."""
        from farboard.writer.text import text_value

        if not isinstance(text_string, str):
            raise TypeError(f"expected a text, not {type(text_string).__name__}")
        text_string.encode()
        self._add(tag, global_step, walltime, text_value, text_string)

    def add_mesh(
        self,
        tag: str,
        vertices: Any,
        colors: Any = None,
        faces: Any = None,
        config_dict: dict[str, Any] | None = None,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Log points in space or a mesh.

        Args:
            tag: its name.
            vertices: [batch, n, 3].
            colors: [batch, n, 3] from 0 to 255, one for each vertex.
            faces: [batch, m, 3], the numbers of the vertices of each triangle.
            config_dict: settings for three.js.
            global_step: when.
            walltime: Unix time in seconds.

        Raises:
            ValueError: a shape does not fit.
        """
        from farboard.writer import arrays
        from farboard.writer.mesh import checked_part, config_json, mesh_values

        parts = [
            None if part is None else checked_part(arrays.snapshot(part))
            for part in (vertices, faces, colors)
        ]
        config = config_json(config_dict)
        self._add(tag, global_step, walltime, mesh_values, *parts, config)

    def add_embedding(
        self,
        mat: Any,
        metadata: Sequence[Any] | None = None,
        label_img: Any = None,
        global_step: int | None = None,
        tag: str = "default",
        metadata_header: Sequence[str] | None = None,
    ) -> None:
        """Write vectors for the projector, in files beside the event file, before this returns.

        Args:
            mat: [count, dimensions].
            metadata: a label for each vector, or with a header a row of labels.
            label_img: [count, channels, height, width], a picture for each.
            global_step: when.
            tag: its name.
            metadata_header: names of the columns of `metadata`.

        Raises:
            ValueError: there are not as many labels or pictures as vectors.
            OSError: the disk refused.
        """
        from pathlib import Path

        from farboard.writer import arrays, embedding, image

        vectors = arrays.snapshot(mat)
        pictures = None if label_img is None else arrays.snapshot(label_img)
        if pictures is not None:
            image.import_pillow()
        embedding.check_embedding(vectors, metadata, pictures)
        step, run = as_step(global_step), Path(self._directory)
        directory = run / embedding.directory_of(tag, step)
        embedding.write_embedding(directory, vectors, metadata, metadata_header, pictures)
        size_px = None if pictures is None else (pictures.shape[3], pictures.shape[2])
        entry = embedding.config_entry(
            tag, step, has_metadata=metadata is not None, picture_size_px=size_px
        )
        self._embeddings.append(entry)
        embedding.write_config(run, self._embeddings)

    def _pixels(self, pixels: Any, dataformats: str) -> NDArray[Any]:
        from farboard.writer import arrays, image

        return image.to_hwc(arrays.view_with_numpy(pixels), dataformats).copy()
