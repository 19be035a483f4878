"""
Motion as tracks
================

Dense trajectories follow grid points from frame to frame by optical flow, and describe the way of each and what
surrounds it. What stands still leaves no track. The clip: one patch moves to the right and another goes round
before a still ground.
"""

import tempfile
from pathlib import Path

import cv2
import matplotlib.pyplot as plt
import numpy as np

from classicxm.video import DenseTrajectories, dense_flow, draw_tracks

rng = np.random.default_rng(0)


def texture(side):
    """Smooth random grey patches."""
    noise = cv2.GaussianBlur(rng.normal(size=(side, side)), (0, 0), 1.5)
    return np.clip(128 + 220 * noise, 0, 255).astype(np.uint8)


ground, near, far = texture(160), texture(48), texture(36)
frames = np.repeat(ground[None, :, :, None], 30, axis=0).repeat(3, axis=3)
for number, frame in enumerate(frames):
    frame[20:68, 8 + 3 * number : 56 + 3 * number] = near[:, :, None]  # to the right
    angle = number / 30 * 2 * np.pi
    x, y = int(70 + 22 * np.cos(angle)), int(100 + 18 * np.sin(angle))
    frame[y : y + 36, x : x + 36] = far[:, :, None]  # around

# %%
# The flow between two frames, and the tracks through the whole clip: green tails, red heads.

grey = frames.mean(axis=3).astype(np.uint8)
(flow,) = dense_flow(grey[5], grey[6])
picture = Path(tempfile.mkdtemp()) / "tracks.png"
found = draw_tracks(frames, picture, DenseTrajectories(step=4))

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(9, 3.3))
left.imshow(frames[5])
left.set(title="frame 5")
speed = middle.imshow(np.hypot(flow[..., 0], flow[..., 1]), cmap="magma")
middle.set(title="optical flow, pixels a frame")
figure.colorbar(speed, ax=middle, shrink=0.75)
right.imshow(plt.imread(picture))
right.set(title=f"{found} tracks")
for axis in (left, middle, right):
    axis.set_axis_off()
plt.show()

# %%
# The patches cannot be seen in any single frame: motion alone shows them. Each track becomes 426 numbers: 30 of
# its shape, 96 of gradients (HOG), 108 of flow (HOF) and 192 of motion boundaries (MBH). A Fisher vector over them
# describes the clip.

tracks = DenseTrajectories(step=4)
descriptors, positions = tracks.describe_located(tracks.decode(frames))
blocks = {"shape": 30, "HOG": 96, "HOF": 108, "MBH x": 96, "MBH y": 96}
figure, axis = plt.subplots(figsize=(8, 2.4))
axis.bar(range(426), descriptors.mean(axis=0), width=1.0, color="tab:blue")
for name, edge in zip(blocks, np.cumsum([0, *blocks.values()])[:-1], strict=True):
    axis.axvline(edge, color="black", lw=0.8)
    axis.text(edge + 2, axis.get_ylim()[1] * 0.92, name, fontsize=9)
axis.set(xlabel="dimension", ylabel="mean over tracks", xlim=(0, 426))
plt.show()
