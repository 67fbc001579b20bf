using SsMfar.Imaging;

namespace SsMfar.Data;

/// <summary>
/// Annotated face crops: labels and where the images are. Immutable and cheap to copy; pixels are read when a trainer, an evaluation or
/// a predictor needs them.
/// </summary>
public sealed class AffectDataset
{
    private readonly IImageSource? _source;

    /// <summary>A data set over images of a source of your own.</summary>
    /// <param name="annotations">The rows.</param>
    /// <param name="images">The images, by the rows' names; stays yours and must outlive every use of the data set.</param>
    public AffectDataset(AnnotationSet annotations, IImageSource images)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        ArgumentNullException.ThrowIfNull(images);
        Annotations = annotations;
        _source = images;
    }

    /// <summary>A data set over a folder or a zip archive.</summary>
    /// <param name="annotations">The rows.</param>
    /// <param name="imageRoot">The folder, or the <c>.zip</c> file, that the rows' names are relative to.</param>
    public AffectDataset(AnnotationSet annotations, string imageRoot)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        ArgumentException.ThrowIfNullOrEmpty(imageRoot);
        Annotations = annotations;
        ImageRoot = imageRoot;
    }

    /// <summary>The labels.</summary>
    public AnnotationSet Annotations { get; }

    /// <summary>The folder or zip archive, or null for a source of your own.</summary>
    public string? ImageRoot { get; }

    /// <summary>The number of images.</summary>
    public int Count => Annotations.Count;

    /// <summary>Loads an annotation file; images are not touched yet.</summary>
    /// <param name="annotationFile">A file in the layout of s-Aff-Wild2.</param>
    /// <param name="imageRoot">The folder, or the <c>.zip</c> file, that image names are relative to.</param>
    /// <param name="options">Classes and further columns; s-Aff-Wild2's when null.</param>
    /// <exception cref="AnnotationFormatException">The file does not follow the layout.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static AffectDataset Load(string annotationFile, string imageRoot, AnnotationFileOptions? options = null) =>
        new(AnnotationSet.Load(annotationFile, options), imageRoot);

    /// <summary>The same images with other labels or fewer rows.</summary>
    /// <param name="annotations">The rows to use instead.</param>
    public AffectDataset With(AnnotationSet annotations) =>
        _source is null ? new(annotations, ImageRoot!) : new(annotations, _source);

    /// <summary>Splits off a validation set; rows of one group never land on both sides.</summary>
    /// <param name="validationFraction">The share of rows aimed at for validation, between 0 and 1.</param>
    /// <param name="seed">Chooses the groups.</param>
    /// <param name="groupBy">From an image name to its video or identity; <see cref="ImageGroups.Video"/> when null.</param>
    public (AffectDataset Training, AffectDataset Validation) Split(
        double validationFraction,
        long seed,
        Func<string, string>? groupBy = null)
    {
        (AnnotationSet training, AnnotationSet validation) = Annotations.Split(validationFraction, seed, groupBy);
        return (With(training), With(validation));
    }

    /// <summary>
    /// How many rows of another set are images of this one, by place: folder or archive, and name. Of sources of your own, only rows of one
    /// and the same source can be told to be so.
    /// </summary>
    internal int CountShared(AffectDataset other)
    {
        using ImageLease mine = OpenImages();
        using ImageLease theirs = other.OpenImages();
        if (!ReferenceEquals(mine.Source, theirs.Source) && !(IsOfFiles(mine.Source) && IsOfFiles(theirs.Source)))
        {
            return 0;
        }

        HashSet<string> places = new(Annotations.Select(row => mine.Source.Describe(row.Image)), StringComparer.Ordinal);
        return other.Annotations.Count(row => places.Contains(theirs.Source.Describe(row.Image)));

        // Of the library's own sources a description is a place of the file system.
        static bool IsOfFiles(IImageSource source) => source.GetType().Assembly == typeof(IImageSource).Assembly;
    }

    /// <summary>Opens the images for one use.</summary>
    /// <returns>The source; disposing it releases what was opened here, never a source of your own.</returns>
    internal ImageLease OpenImages() => _source is null ? new(ImageSource.Open(ImageRoot!), owned: true) : new(_source, owned: false);

    /// <summary>A source and whether it is to be disposed after use.</summary>
    internal readonly struct ImageLease(IImageSource source, bool owned) : IDisposable
    {
        public IImageSource Source => source;

        public void Dispose()
        {
            if (owned)
            {
                source.Dispose();
            }
        }
    }
}
