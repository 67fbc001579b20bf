namespace SsMfar.Training;

/// <summary>Which weak and strong views are made.</summary>
public enum ViewPreset
{
    /// <summary>The paper: weak is crop and flip; strong adds RandAugment and cutout.</summary>
    Paper,

    /// <summary>The published code: as the paper's, the crop with probability 0.5.</summary>
    Published,

    /// <summary>Richer weak views (resized crop, rotation, colour, grey) and strong views with erasing.</summary>
    Rich,
}
