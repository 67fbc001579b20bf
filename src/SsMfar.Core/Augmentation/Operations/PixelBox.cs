namespace SsMfar.Augmentation;

/// <summary>A box of whole pixels, right and bottom edge excluded; empty where they are not beyond left and top.</summary>
internal readonly record struct PixelBox(int Left, int Top, int Right, int Bottom);
