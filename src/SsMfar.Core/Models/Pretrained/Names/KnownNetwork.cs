namespace SsMfar.Models;

/// <summary>One network of a family.</summary>
/// <param name="title">What messages call it, such as <c>ResNet-18</c>.</param>
/// <param name="backbone">What makes it here; null where it is only told by its name.</param>
/// <param name="tensors">The names of its tensors, counters included, in no order.</param>
internal sealed class KnownNetwork(string title, BackboneFactory? backbone = null, Func<IEnumerable<string>>? tensors = null)
{
    private static readonly string[] NormParts = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"];

    public string Title { get; } = title;

    public BackboneFactory? Backbone { get; } = backbone;

    /// <summary>Gets the title with its article: a ResNet-18, an EfficientNet-B0.</summary>
    public string WithArticle => NetworkFamily.WithArticle(Title);

    /// <summary>Gets the names of its tensors, counters included, in no order; of a network that is made here.</summary>
    public IEnumerable<string> Tensors => tensors?.Invoke() ?? throw new InvalidOperationException($"There is no {Title}.");

    /// <summary>The names of a convolution without bias and the batch normalisation after it.</summary>
    public static IEnumerable<string> Pair(string convolution, string norm) => [$"{convolution}.weight", .. Norm(norm)];

    /// <summary>The names of a batch normalisation.</summary>
    public static IEnumerable<string> Norm(string norm) => NormParts.Select(part => $"{norm}.{part}");
}
