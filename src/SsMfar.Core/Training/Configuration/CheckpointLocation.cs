namespace SsMfar.Training;

/// <summary>Where checkpoints go.</summary>
/// <param name="Folder">A folder of the run's own; made when missing.</param>
/// <param name="Mode">What to do with a checkpoint found there.</param>
internal sealed record CheckpointLocation(string Folder, CheckpointMode Mode);
