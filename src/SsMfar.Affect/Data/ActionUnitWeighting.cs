namespace SsMfar.Data;

/// <summary>How the positive examples of an action unit are weighted in its binary cross-entropy.</summary>
public enum ActionUnitWeighting
{
    /// <summary>Negatives / positives: Eq. 2 of the SS-MFAR paper.</summary>
    NegativeOverPositive,

    /// <summary>Known rows / (2 x positives): what the paper's published code does.</summary>
    NOver2Positive,
}
