using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Tasks;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>A data set made ready for a fit: images decoded once, labels as dense rows; rows whose image failed are gone.</summary>
internal sealed class TrainingData : IDisposable
{
    private readonly ImageCache? _cache;
    private readonly int[] _cacheRows;

    private TrainingData(ImageCache? cache, int[] cacheRows, AnnotationSet annotations, LabelTable labels)
    {
        _cache = cache;
        _cacheRows = cacheRows;
        SkippedImages = (cache?.Count ?? cacheRows.Length) - cacheRows.Length;
        Annotations = annotations;
        Labels = labels;
    }

    public AnnotationSet Annotations { get; }

    public LabelTable Labels { get; }

    public int Count => _cacheRows.Length;

    public int SkippedImages { get; }

    /// <summary>Gets the features that take the images' place, computed before; null where there are images.</summary>
    public IComputedFeatures? Features { get; private init; }

    /// <summary>Gets whether the pixels lie in a file that is mapped into memory.</summary>
    public bool IsMemoryMapped => _cache is { IsMemoryMapped: true };

    public int Height => Images.Height;

    public int Width => Images.Width;

    private ImageCache Images => _cache ?? throw new InvalidOperationException("There are features of these rows, and no images.");

    /// <summary>Rows whose features were computed before; they stay the set's.</summary>
    public static TrainingData Of(IComputedFeatures features, IEnumerable<AffectTask> tasks) => new(
        null, [.. Enumerable.Range(0, features.Count)], features.Annotations, LabelsOf(features.Annotations, tasks))
    {
        Features = features,
    };

    public static TrainingData Load(
        AffectDataset dataset,
        IEnumerable<AffectTask> tasks,
        ImageCacheOptions options,
        torch.Device device,
        DeviceImageBudget deviceBudget,
        IProgress<ImageCacheProgress>? progress,
        CancellationToken cancellationToken)
    {
        using IImageSource images = dataset.OpenImages();
        ImageCache cache = ImageCache.Build(
            images,
            [.. dataset.Annotations.Select(row => row.Image)],
            options,
            progress,
            cancellationToken);
        try
        {
            var failed = cache.FailedIndices.ToHashSet();
            int[] kept = [.. Enumerable.Range(0, dataset.Count).Where(row => !failed.Contains(row))];
            AnnotationSet annotations = failed.Count == 0 ? dataset.Annotations : dataset.Annotations.Select(kept);
            LabelTable labels = LabelsOf(annotations, tasks);
            if (device.type == DeviceType.CUDA)
            {
                deviceBudget.Place(cache, device);
            }

            return new(cache, kept, annotations, labels);
        }
        catch
        {
            cache.Dispose();
            throw;
        }
    }

    /// <summary>float32 [N, 3, H, W], RGB, 0 to 255, channels-last strides; the caller disposes it.</summary>
    public torch.Tensor Pixels(ReadOnlySpan<int> rows, torch.Device device)
    {
        Span<int> indices = rows.Length <= 1024 ? stackalloc int[rows.Length] : new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            indices[i] = _cacheRows[rows[i]];
        }

        using torch.Tensor bytes = Images.GatherTensor(indices, device);
        return bytes.to(torch.ScalarType.Float32);
    }

    /// <summary>One image: height x width x 3 values, R, G, B. Valid until this is disposed.</summary>
    public ReadOnlySpan<byte> Image(int row) => Images.Image(_cacheRows[row]);

    /// <summary>Gives the images' memory back; labels stay.</summary>
    public void ReleaseImages() => _cache?.Dispose();

    public void Dispose() => _cache?.Dispose();

    private static LabelTable LabelsOf(AnnotationSet annotations, IEnumerable<AffectTask> tasks) =>
        new(annotations, tasks.Select(task => KeyValuePair.Create(task.Name, task.Labels)));
}
