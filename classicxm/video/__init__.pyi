from .dense_trajectories import DenseTrajectories as DenseTrajectories
from .dense_trajectories import ImprovedTrajectories as ImprovedTrajectories
from .descriptors import CHANNELS as CHANNELS
from .drawing import draw_tracks as draw_tracks
from .flow import dense_flow as dense_flow
from .frame_features import FrameFeatures as FrameFeatures
