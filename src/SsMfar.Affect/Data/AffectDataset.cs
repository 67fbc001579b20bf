using SsMfar.Imaging;

namespace SsMfar.Data;

/// <summary>
/// Annotated face crops: labels and where the images are. Immutable and cheap to copy; pixels are read when a trainer, an evaluation or
/// a predictor needs them.
/// </summary>
public sealed class AffectDataset
{
    private readonly IImageSource? _source;

    /// <summary>A data set over a custom image source.</summary>
    /// <param name="annotations">The rows.</param>
    /// <param name="images">The images, by the rows' names; it stays the caller's and must outlive every use of the data set.</param>
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

    /// <summary>Gets the labels.</summary>
    public AnnotationSet Annotations { get; }

    /// <summary>Gets the folder or zip archive, or null for a custom source.</summary>
    public string? ImageRoot { get; }

    /// <summary>Gets the number of images.</summary>
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
    /// Counts the rows of another set whose images are in this set too, compared by place: folder or archive, and name. Rows of custom
    /// sources are compared only where both sets have the same source. Use it to find validation images that were trained on.
    /// </summary>
    /// <param name="other">The other set; its repeated rows count each time.</param>
    public int CountShared(AffectDataset other)
    {
        ArgumentNullException.ThrowIfNull(other);
        using IImageSource mine = OpenImages();
        using IImageSource theirs = other.OpenImages();
        (IImageSource first, IImageSource second) = (_source ?? mine, other._source ?? theirs);
        if (!ReferenceEquals(first, second) && !(IsOfFiles(first) && IsOfFiles(second)))
        {
            return 0;
        }

        HashSet<string> places = new(Annotations.Select(row => mine.Describe(row.Image)), StringComparer.Ordinal);
        return other.Annotations.Count(row => places.Contains(theirs.Describe(row.Image)));

        // Of the library's own sources a description is a place of the file system.
        static bool IsOfFiles(IImageSource source) => source.GetType().Assembly == typeof(IImageSource).Assembly;
    }

    /// <summary>Opens the images for one use.</summary>
    /// <returns>A source for the caller to dispose. Disposing it never disposes a source that the data set was made with.</returns>
    public IImageSource OpenImages() => _source is null ? ImageSource.Open(ImageRoot!) : new BorrowedImageSource(_source);
}
