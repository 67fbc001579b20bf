using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Predictions;

namespace SsMfar.Tests.WebApi;

/// <summary>A predictor that keeps every picture of a request until it is told; the service's own black picture passes.</summary>
internal sealed class GatedPredictor : IAffectPredictor
{
    private readonly SemaphoreSlim _gate = new(0);
    private int _inside;
    private int _trials;

    public ModelMetadata Metadata { get; } = new() { Input = new() { Width = 8, Height = 8 } };

    /// <summary>Gets how many pictures are in it.</summary>
    public int Inside => Volatile.Read(ref _inside);

    /// <summary>Gets how often the service read its own black picture.</summary>
    public int Trials => Volatile.Read(ref _trials);

    /// <summary>Gets or sets what is thrown in place of a result.</summary>
    public Exception? Failure { get; set; }

    public AffectPrediction Predict(FaceImage image)
    {
        if (image.Name != "picture")
        {
            Interlocked.Increment(ref _trials);
            return new();
        }

        return PredictAsync(image).GetAwaiter().GetResult();
    }

    public async Task<AffectPrediction> PredictAsync(FaceImage image, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _inside);
        try
        {
            await _gate.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }

        return Failure is { } failure
            ? throw failure
            : new() { Expression = new(ExpressionClassSet.AffWild2, [0, 0, 0, 0, 1, 0, 0, 0]) };
    }

    /// <summary>Lets pictures pass, those that are in it and those to come.</summary>
    public void Open(int pictures = 10_000) => _gate.Release(pictures);

    public void Dispose() => _gate.Dispose();
}
