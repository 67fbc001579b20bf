using SsMfar.Benchmarks.Measurement;
using SsMfar.Models;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SsMfar.Benchmarks.Peers;

/// <summary>
/// The step of <c>peer.py</c> by TorchSharp alone, on the libtorch that the library itself has: channels-last, one forward pass,
/// TorchSharp's own Adam (which has no fused or foreach form). It runs in this process, so that the allocator's settings serve it too.
/// </summary>
internal sealed class RawTorchSharp : IDisposable
{
    private const double Threshold = 0.135;

    // Made once: TorchSharp frees a number that it made of a double while native code may still read it.
    private static readonly Scalar Zero = 0, Half = 0.5, Two = 2, Least = 1e-8;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly RawTorchSharpNetwork _network = new();
    private readonly optim.Optimizer _optimizer;
    private readonly Dictionary<string, Tensor> _shared;
    private readonly Tensor _images;

    /// <param name="shared">What a <see cref="Training.StepCase"/> shares with its peers.</param>
    /// <param name="device">Where to run.</param>
    public RawTorchSharp(IReadOnlyDictionary<string, Tensor> shared, Device device)
    {
        _shared = shared.ToDictionary(pair => pair.Key, pair => pair.Value.to(device).clone());
        _network.Load(shared);
        _network.to(device);
        ChannelsLast.Apply(_network);
        _network.train();
        _images = ChannelsLast.Convert(_shared["images"]);
        _optimizer = optim.Adam(_network.parameters(), lr: 5e-4);
    }

    /// <summary>Takes a step.</summary>
    /// <returns>The total loss, when it is asked for.</returns>
    public double? Step(bool readLoss = false)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor expression, Tensor affect, Tensor units) = _network.call(_images);
        Tensor total = Total(expression, affect, units);
        _optimizer.zero_grad();
        total.backward();
        _optimizer.step();
        return readLoss ? total.to(ScalarType.Float64).item<double>() : null;
    }

    /// <summary>The milliseconds that some steps take.</summary>
    public double Time(int steps) => Paired.Time(() =>
    {
        for (int i = 0; i < steps; i++)
        {
            Step(readLoss: i == steps - 1);
        }
    });

    public void Dispose()
    {
        _optimizer.Dispose();
        _network.Dispose();
        _scope.Dispose();
    }

    private Tensor Total(Tensor expression, Tensor affect, Tensor units)
    {
        Tensor labels = _shared["expression"], rows = _shared["strong_rows"], classWeights = _shared["class_weights"];
        long n = labels.size(0);
        Tensor known = labels.ge(Zero), weakRows = expression.narrow(0, 0, n), strong = expression.narrow(0, n, rows.size(0));
        Tensor supervised = functional.cross_entropy(
            weakRows[known], labels[known], classWeights, reduction: Reduction.None).mean();
        Tensor weak = weakRows.index_select(0, rows);
        (Tensor confidence, Tensor pseudo) = weak.detach().softmax(1).max(1);
        Tensor confident = confidence.gt(Threshold).to(ScalarType.Float32);
        Tensor cross = functional.cross_entropy(strong, pseudo, classWeights, reduction: Reduction.None);
        Tensor unsupervised = (cross * confident).sum() / Math.Max(1, rows.size(0));
        Tensor p = functional.log_softmax(weak, 1), q = functional.log_softmax(strong, 1);
        Tensor kl = ((p.exp() * (p - q)) + (q.exp() * (q - p))).sum(1), unsure = confident.logical_not().to(ScalarType.Float32);
        Tensor consistency = (kl * unsure).sum() / unsure.sum().clamp(min: 1);

        Tensor unitLabels = _shared["action_units"], mask = unitLabels.ge(Zero).to(ScalarType.Float32);
        Tensor bce = functional.binary_cross_entropy_with_logits(
            units.narrow(0, 0, n), unitLabels.clamp(min: 0), pos_weights: _shared["unit_weights"], reduction: Reduction.None);
        Tensor unitLoss = (bce * mask).sum() / mask.sum();

        Tensor target = _shared["valence_arousal"], valid = target.ge(-1).all(1);
        Tensor predicted = affect.narrow(0, 0, n)[valid], actual = target[valid];
        Tensor affectLoss = (Concordance(predicted, actual).mean() - 1).neg();
        return ((supervised + unsupervised + consistency) * Half) + unitLoss + affectLoss;
    }

    private static Tensor Concordance(Tensor x, Tensor y)
    {
        Tensor meanX = x.mean([0]), meanY = y.mean([0]);
        Tensor covariance = ((x - meanX) * (y - meanY)).mean([0]);
        return covariance * Two / (x.var(0, unbiased: false) + y.var(0, unbiased: false) + (meanX - meanY).square() + Least);
    }
}
