namespace SsMfar.Training;

/// <summary>What a run does with the checkpoint in its folder.</summary>
public enum CheckpointMode
{
    /// <summary>Starts; a checkpoint found there is an error.</summary>
    New,

    /// <summary>Resumes the run of the checkpoint, or starts where there is none: for a job that is restarted as it was started.</summary>
    ResumeIfPresent,

    /// <summary>Resumes the run of the checkpoint; none is an error.</summary>
    Resume,
}
