using SsMfar.Augmentation;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tests.SemiSupervised;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>Leaves every image as it is.</summary>
internal sealed class Unchanged : IAugmentation
{
    public torch.Tensor Apply(torch.Tensor pixels, RandomKey key) => pixels.alias();
}

/// <summary>
/// One convolution without batch norm or ReLU: an image's features depend on no other image, and none is 0. Keeps what it was given.
/// </summary>
internal sealed class PlainBackbone : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone<PlainBackbone>
{
    public const int Width = 24;

#pragma warning disable IDE0044 // TorchSharp registers parameters by their fields.
    private readonly Parameter _filters;
#pragma warning restore IDE0044

    public PlainBackbone(RandomKey key)
        : base(nameof(PlainBackbone))
    {
        using var initializer = new WeightInitializer(key);
        _filters = initializer.KaimingNormal(Width, 3, 5);
        RegisterComponents();
    }

    /// <summary>Of each pass, the pixels of each image.</summary>
    public List<float[][]> Inputs { get; } = [];

    public int FeatureWidth => Width;

    public static string Kind => "plain";

    public static PlainBackbone Create(PartDescription description, RandomKey key) => new(key);

    public override torch.Tensor forward(torch.Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        float[] pixels = input.detach().contiguous().data<float>().ToArray();
        Inputs.Add(pixels.Chunk(pixels.Length / (int)input.size(0)).ToArray());
        return torch.nn.functional.conv2d(input, _filters, strides: [5, 5]).MoveToOuterDisposeScope();
    }
}

/// <summary>A head whose outputs are its first features, and which keeps what it was given in training and in evaluation.</summary>
internal sealed class FeatureHead(int outputs) : torch.nn.Module<torch.Tensor, torch.Tensor>(nameof(FeatureHead)), ITaskHead<FeatureHead>
{
    public List<(bool Training, float[][] Features)> Seen { get; } = [];

    public static string Kind => "features";

    public PartDescription Description => new PartDescription(Kind).With("outputs", outputs);

    public static FeatureHead Create(PartDescription description, RandomKey key) => new(description.Number("outputs"));

    public override torch.Tensor forward(torch.Tensor input)
    {
        Seen.Add((training, input.detach().contiguous().data<float>().ToArray().Chunk((int)input.size(1)).ToArray()));
        return input.narrow(1, 0, outputs);
    }

    protected override void RegisterComponents()
    {
    }
}

/// <summary>
/// Keeps the labels that each step brings. Its value is the sum of labels, each times its row's place from 1; it teaches nothing.
/// </summary>
internal sealed class LabelRecorder(LabelMixing mixing = LabelMixing.Losses) : ITaskLoss
{
    /// <summary>Of each call, the labels of each row, null where one is unknown.</summary>
    public List<float?[][]> Labels { get; } = [];

    public LabelMixing Mixing => mixing;

    public TaskLossResult Compute(TaskLossInput input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        float[] values = input.Values.contiguous().data<float>().ToArray();
        float[] mask = input.Mask.contiguous().data<float>().ToArray();
        float?[][] labels = [.. values.Zip(mask, (value, known) => known > 0 ? value : (float?)null).Chunk((int)input.Values.size(1))];
        Labels.Add(labels);
        double sum = labels.Select((row, place) => (place + 1) * row.Sum(value => (double)(value ?? 0))).Sum();
        return new(((input.Weak * Scalars.Of(0)).sum().Plus(sum)).MoveToOuterDisposeScope(), []);
    }
}

/// <summary>
/// Sure of the rows that a test chooses, of the class that is their number modulo 8; asks for strong views of the unlabelled, or of all.
/// </summary>
internal sealed class ChosenRows(Func<long, bool> isSure, bool everyRow = false) : QuietPolicy, IPseudoLabelPolicy
{
    public bool NeedsStrongView(ReadOnlySpan<bool> known) => everyRow || known.Contains(false);

    public override PseudoLabels Assign(PolicyBatch strong)
    {
        long[] rows = strong.RowIds.data<long>().ToArray();
        return new(
            torch.tensor(rows.Select(row => row % 8).ToArray()),
            torch.tensor(rows.Select(row => isSure(row) ? 1f : 0f).ToArray()));
    }
}
