namespace SsMfar.Training;

/// <summary>Why a run ended.</summary>
public enum TrainingStopReason
{
    /// <summary>It has run all its epochs.</summary>
    EpochsCompleted,

    /// <summary>The monitored score had not improved for as long as <see cref="EarlyStoppingOptions.Patience"/> says.</summary>
    NoImprovement,
}
