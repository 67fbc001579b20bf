using System.Runtime.ExceptionServices;
using SkiaSharp;
using SsMfar.Data;
using SsMfar.RenderedFaces.Painting;
using SsMfar.RenderedFaces.Sampling;
using SsMfar.Shared;

namespace SsMfar.RenderedFaces;

/// <summary>
/// A data set of drawn faces in s-Aff-Wild2's layout: many people, eight expressions made of twelve action units after EMFACS, valence
/// and arousal after the circumplex of affect, and labels missing as they are there. It exists to try the whole method without a download;
/// it says nothing about real faces.
/// </summary>
public static class RenderedFaceSet
{
    /// <summary>The name of the training annotations in the folder that <see cref="Write"/> writes.</summary>
    public const string TrainingFile = "train.txt";

    /// <summary>The name of the validation annotations in the folder that <see cref="Write"/> writes.</summary>
    public const string ValidationFile = "validation.txt";

    /// <summary>The labels alone, without drawing.</summary>
    /// <param name="options">What to render.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static (AnnotationSet Training, AnnotationSet Validation) Labels(RenderedFaceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return (Labels(options, FaceSplit.Training), Labels(options, FaceSplit.Validation));
    }

    /// <summary>Draws one face.</summary>
    /// <param name="options">What to render.</param>
    /// <param name="split">The split.</param>
    /// <param name="index">The row in the split's annotations, from 0.</param>
    /// <returns>A picture of <see cref="RenderedFaceOptions.Size"/> pixels a side, RGBA, opaque; the caller disposes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option or <paramref name="index"/> is out of its range.</exception>
    public static SKBitmap Render(RenderedFaceOptions options, FaceSplit split, int index)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return FacePainter.Paint(FaceSample.Of(options, split, index), options.Size);
    }

    /// <summary>
    /// Writes the pictures (<c>images/id0042/00007.jpg</c>), <c>train.txt</c> and <c>validation.txt</c>, drawing on all processors. The
    /// annotations come last: a folder that has them is whole. Those of an earlier set go first, and its other pictures last.
    /// </summary>
    /// <param name="directory">
    /// The folder; made when missing. Files of the same names are replaced, and pictures with names of this kind that are not of the set
    /// are removed.
    /// </param>
    /// <param name="options">What to render.</param>
    /// <param name="progress">Told the number of pictures written so far, from several threads, in any order.</param>
    /// <param name="cancellationToken">Stops between two pictures.</param>
    /// <returns>The annotations written.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder, or a file in it, may not be written.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static (AnnotationSet Training, AnnotationSet Validation) Write(
        string directory, RenderedFaceOptions options, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        (AnnotationSet training, AnnotationSet validation) = Labels(options);
        cancellationToken.ThrowIfCancellationRequested();
        Directory.CreateDirectory(directory);

        // They label other faces than those that are drawn from here on. Validation's goes first, which says that a folder is whole.
        File.Delete(Path.Combine(directory, ValidationFile));
        File.Delete(Path.Combine(directory, TrainingFile));
        foreach (string folder in training.Concat(validation).Select(row => Path.GetDirectoryName(row.Image)!).Distinct())
        {
            Directory.CreateDirectory(Path.Combine(directory, folder));
        }

        int written = 0;
        ParallelOptions parallel = new() { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        OnAll(training.Count + validation.Count, parallel, i =>
        {
            (FaceSplit split, int index) = i < training.Count ? (FaceSplit.Training, i) : (FaceSplit.Validation, i - training.Count);
            FaceSample sample = FaceSample.Of(options, split, index);
            using SKBitmap picture = FacePainter.Paint(sample, options.Size);
            string path = Path.Combine(directory, sample.Image);
            using SKData data = picture.Encode(SKEncodedImageFormat.Jpeg, options.JpegQuality)
                ?? throw new IOException($"{path}: the picture could not be encoded.");
            AtomicFile.Write(path, data.SaveTo);
            progress?.Report(Interlocked.Increment(ref written));
        });
        RemoveOthers(directory, [.. training.Concat(validation).Select(row => row.Image)]);
        training.Save(Path.Combine(directory, TrainingFile));
        validation.Save(Path.Combine(directory, ValidationFile));
        return (training, validation);
    }

    // Pictures of an earlier set of more faces, which whoever reads the folder would take for this one's.
    private static void RemoveOthers(string directory, HashSet<string> images)
    {
        string root = Path.Combine(directory, FaceSample.Folder);
        if (!Directory.Exists(root))
        {
            return;
        }

        foreach (string person in Directory.GetDirectories(root).Where(folder => FaceSample.IsName(Name(folder))))
        {
            foreach (string picture in Directory.GetFiles(person).Where(file => FaceSample.IsName(Name(file))))
            {
                if (!images.Contains(Name(picture)))
                {
                    File.Delete(picture);
                }
            }

            if (!Directory.EnumerateFileSystemEntries(person).Any())
            {
                Directory.Delete(person);
            }
        }

        string Name(string path) => Path.GetRelativePath(directory, path).Replace(Path.DirectorySeparatorChar, '/');
    }

    // The exception of the first that fails, rather than one about several.
    private static void OnAll(int count, ParallelOptions parallel, Action<int> act)
    {
        try
        {
            Parallel.For(0, count, parallel, act);
        }
        catch (AggregateException failed)
        {
            ExceptionDispatchInfo.Throw(failed.InnerExceptions[0]);
        }
    }

    private static AnnotationSet Labels(RenderedFaceOptions options, FaceSplit split) => new(
        Enumerable.Range(0, options.Count(split))
            .Select(index => FaceSample.Of(options, split, index).ToRow(MissingLabels.Of(options, split, index))));
}
