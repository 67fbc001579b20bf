namespace SsMfar.Training;

/// <summary>What the keys of a run are folded with, so that no two uses share their randomness.</summary>
internal static class RandomStreams
{
    public const long InitialWeights = 1;
    public const long Order = 2;
    public const long Steps = 3;
    public const long WeakView = 4;
    public const long StrongView = 5;
    public const long Dropout = 6;
    public const long CustomParts = 7;
    public const long Mixup = 8;
    public const long GivenParts = 9;
    public const long FrozenViews = 10;
    public const long StrongFeatures = 11;
}
