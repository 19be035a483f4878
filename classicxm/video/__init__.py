"""Video described by tracks of moving points and by averaged image features."""

from classicxm.lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    {
        "dense_trajectories": ["DenseTrajectories", "ImprovedTrajectories"],
        "descriptors": ["CHANNELS"],
        "drawing": ["draw_tracks"],
        "flow": ["dense_flow"],
        "frame_features": ["FrameFeatures"],
    },
)
