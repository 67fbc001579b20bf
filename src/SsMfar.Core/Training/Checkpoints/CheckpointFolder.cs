using SsMfar.Shared;

namespace SsMfar.Training;

/// <summary>The folder of a run's checkpoints: who may use it, and what is in it.</summary>
internal static class CheckpointFolder
{
    private const string FileName = "checkpoint.safetensors";
    private const string LockName = "training.lock";

    /// <summary>Claims the folder for one run, until disposed; the system takes the claim back from a process that is killed.</summary>
    /// <exception cref="CheckpointException">A run under way has claimed it.</exception>
    public static IDisposable Claim(CheckpointLocation location)
    {
        Directory.CreateDirectory(location.Folder);
        string path = Path.Combine(location.Folder, LockName);
        try
        {
            return new FileStream(
                path,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None,
                bufferSize: 1,
                FileOptions.DeleteOnClose);
        }
        catch (IOException taken) when (File.Exists(path))
        {
            throw new CheckpointException(
                $"{location.Folder}: another run is under way here, and each would overwrite the other's checkpoints.",
                "Wait for it, or choose another folder.",
                taken);
        }
    }

    /// <summary>The checkpoint; the folder is made, and what killed processes left in it removed.</summary>
    /// <exception cref="CheckpointException">One is there that is not to be resumed, or none that is.</exception>
    public static Checkpoint Open(CheckpointLocation location)
    {
        Directory.CreateDirectory(location.Folder);
        var checkpoint = new Checkpoint(Path.Combine(location.Folder, FileName));
        if (checkpoint.Exists && location.Mode == CheckpointMode.New)
        {
            throw new CheckpointException(
                $"{checkpoint.Path}: another run's checkpoint is there.", "Resume it, or choose another folder.");
        }

        if (!checkpoint.Exists && location.Mode == CheckpointMode.Resume)
        {
            throw new CheckpointException(
                $"{checkpoint.Path}: there is no checkpoint to resume.",
                $"Check the folder, or start with {nameof(CheckpointMode)}.{nameof(CheckpointMode.New)} or " +
                    $"{nameof(CheckpointMode.ResumeIfPresent)}.");
        }

        AtomicFile.RemoveUnfinished(location.Folder, FileName);
        AtomicFile.RemoveUnfinished(location.Folder, BestModel.Pattern);
        return checkpoint;
    }
}
