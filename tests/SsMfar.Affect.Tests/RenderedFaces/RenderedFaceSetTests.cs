using System.Security.Cryptography;
using SkiaSharp;
using SsMfar.Data;
using SsMfar.RenderedFaces;
using SsMfar.RenderedFaces.Sampling;

namespace SsMfar.Tests.RenderedFaces;

public sealed class RenderedFaceSetTests
{
    private static readonly RenderedFaceOptions Small = new() {
        TrainingCount = 24,
        ValidationCount = 12,
        Size = 64,
        ImagesPerIdentity = 4,
        Seed = 5 };

    [Fact]
    public void Pixels_do_not_depend_on_the_number_of_threads_or_the_order()
    {
        string[] forwards = [.. Enumerable.Range(0, 24).Select(i => Digest(Small, FaceSplit.Training, i))];
        string[] parallel = new string[24];
        Parallel.For(
            0,
            24,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            i => parallel[23 - i] = Digest(Small, FaceSplit.Training, 23 - i));
        parallel.Should().Equal(forwards);
        forwards.Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void The_seed_changes_labels_and_pixels()
    {
        RenderedFaceOptions other = Small with { Seed = 6 };
        Digest(other, FaceSplit.Training, 0).Should().NotBe(Digest(Small, FaceSplit.Training, 0));
        RenderedFaceSet.Labels(other).Training.Should().NotEqual(RenderedFaceSet.Labels(Small).Training);
    }

    [Fact]
    public void A_longer_set_begins_with_the_shorter_one()
    {
        RenderedFaceOptions longer = Small with { TrainingCount = 48 };
        RenderedFaceSet.Labels(longer).Training.Take(24).Should().Equal(RenderedFaceSet.Labels(Small).Training);
        Digest(longer, FaceSplit.Validation, 3).Should().Be(Digest(Small, FaceSplit.Validation, 3));
    }

    [Fact]
    public void Training_and_validation_share_no_person()
    {
        RenderedFaceOptions options = Small with { TrainingCount = 203, ValidationCount = 101 };
        (AnnotationSet training, AnnotationSet validation) = RenderedFaceSet.Labels(options);
        string[] trained = [.. training.Select(row => Path.GetDirectoryName(row.Image)!).Distinct()];
        string[] judged = [.. validation.Select(row => Path.GetDirectoryName(row.Image)!).Distinct()];
        trained.Should().HaveCount(51).And.NotIntersectWith(judged);
        judged.Should().HaveCount(26);

        FaceIdentity[] people =
        [
            .. Enumerable.Range(0, 51).Select(i => FaceSample.Of(options, FaceSplit.Training, i * 4).Identity),
            .. Enumerable.Range(0, 26).Select(i => FaceSample.Of(options, FaceSplit.Validation, i * 4).Identity),
        ];
        people.Should().OnlyHaveUniqueItems();
        FaceSample.Of(options, FaceSplit.Training, 0).Identity.Should().Be(FaceSample.Of(options, FaceSplit.Training, 3).Identity);
    }

    [Fact]
    public void A_written_set_loads_with_its_labels_and_pictures()
    {
        string folder = Directory.CreateTempSubdirectory("ssmfar-faces-").FullName;
        try
        {
            List<int> told = [];
            (AnnotationSet training, AnnotationSet validation) = RenderedFaceSet.Write(folder, Small, new Recorder(told));
            AnnotationSet loaded = AnnotationSet.Load(Path.Combine(folder, RenderedFaceSet.TrainingFile));
            loaded.Should().Equal(training);
            AnnotationSet.Load(Path.Combine(folder, RenderedFaceSet.ValidationFile)).Should().Equal(validation);
            told.Should().BeEquivalentTo(Enumerable.Range(1, 36));
            foreach (AnnotationRow row in training.Concat(validation))
            {
                using SKBitmap? picture = SKBitmap.Decode(Path.Combine(folder, row.Image));
                picture.Should().NotBeNull();
                (picture!.Width, picture.Height).Should().Be((64, 64));
            }

            byte[] first = File.ReadAllBytes(Path.Combine(folder, training[0].Image));
            RenderedFaceSet.Write(folder, Small);
            File.ReadAllBytes(Path.Combine(folder, training[0].Image)).Should().Equal(first);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_picture_that_cannot_be_written_leaves_nothing_aside()
    {
        string folder = Directory.CreateTempSubdirectory("ssmfar-faces-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, RenderedFaceSet.Labels(Small).Training[0].Image, "in the way"));

            ((Action)(() => RenderedFaceSet.Write(folder, Small))).Should().Throw<Exception>().Which.Should()
                .Match(failed => failed is IOException || failed is UnauthorizedAccessException);

            Directory.GetFiles(folder, "*.tmp", SearchOption.AllDirectories).Should().BeEmpty();
            File.Exists(Path.Combine(folder, RenderedFaceSet.TrainingFile)).Should().BeFalse();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Cancelling_leaves_no_annotations()
    {
        string folder = Directory.CreateTempSubdirectory("ssmfar-faces-").FullName;
        try
        {
            Action write = () => RenderedFaceSet.Write(folder, Small, cancellationToken: new CancellationToken(canceled: true));
            write.Should().Throw<OperationCanceledException>();
            Directory.GetFiles(folder).Should().BeEmpty();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_set_that_takes_the_place_of_another_never_has_labels_or_pictures_of_it()
    {
        string folder = Directory.CreateTempSubdirectory("ssmfar-faces-").FullName;
        try
        {
            RenderedFaceSet.Write(folder, Small with { TrainingCount = 48 });
            string mine = Path.Combine(folder, "images", "id0001", "mine.jpg");
            File.WriteAllText(mine, "of nobody's rendering");
            Directory.CreateDirectory(Path.Combine(folder, "images", "ideas"));
            using CancellationTokenSource stop = new();

            // More than are begun at once on any machine.
            Action write = () => RenderedFaceSet.Write(
                folder, Small with { Seed = 6, TrainingCount = 2000 }, new Stopping(stop), stop.Token);

            write.Should().Throw<OperationCanceledException>();
            Directory.GetFiles(folder).Should().BeEmpty("they label the faces of another seed");

            (AnnotationSet training, AnnotationSet validation) = RenderedFaceSet.Write(folder, Small with { Seed = 6 });

            Directory.GetFiles(Path.Combine(folder, "images"), "*", SearchOption.AllDirectories).Should().BeEquivalentTo(
                training.Concat(validation).Select(row => Path.Combine(folder, row.Image)).Append(mine));
            Directory.GetDirectories(Path.Combine(folder, "images")).Should().HaveCount(10, "of nine people, and one that no face is in");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        Named(Small with { Size = 8 }).Should().Be("Size");
        Named(Small with { TrainingCount = -1 }).Should().Be("TrainingCount");
        Named(Small with { ImagesPerIdentity = 0 }).Should().Be("ImagesPerIdentity");
        Named(Small with { MissingExpression = 1.5 }).Should().Be("MissingExpression");
        Named(Small with { MissingActionUnits = double.NaN }).Should().Be("MissingActionUnits");
        Action beyond = () => RenderedFaceSet.Render(Small, FaceSplit.Validation, 12);
        beyond.Should().Throw<ArgumentOutOfRangeException>();

        static string? Named(RenderedFaceOptions options)
        {
            Action labels = () => RenderedFaceSet.Labels(options);
            return labels.Should().Throw<ArgumentOutOfRangeException>().Which.ParamName;
        }
    }

    private static string Digest(RenderedFaceOptions options, FaceSplit split, int index)
    {
        using SKBitmap picture = RenderedFaceSet.Render(options, split, index);
        return Convert.ToHexString(SHA256.HashData(picture.GetPixelSpan()));
    }

    private sealed class Recorder(List<int> told) : IProgress<int>
    {
        public void Report(int value)
        {
            lock (told)
            {
                told.Add(value);
            }
        }
    }

    private sealed class Stopping(CancellationTokenSource stop) : IProgress<int>
    {
        public void Report(int value) => stop.Cancel();
    }
}
