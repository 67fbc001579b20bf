using SsMfar.RenderedFaces;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Demo;

/// <summary>How large the demonstration is: enough to learn from, few enough for some minutes on two cores.</summary>
internal sealed record DemoSettings
{
    /// <summary>What runs without arguments.</summary>
    public static DemoSettings Standard { get; } = new();

    /// <summary>A few faces and one epoch: shows that everything works, not how well.</summary>
    public static DemoSettings Quick { get; } =
        new() { TrainingFaces = 96, ValidationFaces = 64, Epochs = 1, BatchSize = 32, ImageSize = 48 };

    public int TrainingFaces { get; init; } = 3600;

    public int ValidationFaces { get; init; } = 600;

    /// <summary>Pixels a side, of the pictures and of the network's input.</summary>
    public int ImageSize { get; init; } = 48;

    public int Epochs { get; init; } = 10;

    public int BatchSize { get; init; } = 32;

    /// <summary>The peak learning rate of backbone and heads.</summary>
    public double LearningRate { get; init; } = 1.5e-3;

    public long Seed { get; init; } = 1;

    /// <summary>Faces on the page.</summary>
    public int FacesShown { get; init; } = 12;

    /// <summary>Pixels a side of the faces on the page, which are drawn again.</summary>
    public int ShownSize { get; init; } = 224;

    /// <summary>The data set.</summary>
    public RenderedFaceOptions Faces => new()
    {
        TrainingCount = TrainingFaces,
        ValidationCount = ValidationFaces,
        Size = ImageSize,
        Seed = (ulong)Seed,
    };

    /// <summary>Changes the recipe's options to this size.</summary>
    public void Configure(TrainingOptions options)
    {
        options.Epochs = Epochs;
        options.BatchSize = BatchSize;
        options.ImageSize = ImageSize;
        options.Seed = Seed;
        options.ProgressEvery = 5;

        // Few epochs: small batches for more steps, and the lighter views, since the drawn faces vary much by themselves.
        options.Views = ViewPreset.Published;
        options.Optimizer.BackboneLearningRate = LearningRate;
        options.Optimizer.HeadLearningRate = LearningRate;
    }
}
