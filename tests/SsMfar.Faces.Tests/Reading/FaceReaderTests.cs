using System.Threading.Channels;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;

namespace SsMfar.Tests.Faces;

public sealed class FaceReaderTests
{
    private static readonly FaceTemplate Eyes = new()
    {
        Name = "eyes",
        Size = 40,
        Points = [new(FaceLandmark.LeftEye, 0.3, 0.4), new(FaceLandmark.RightEye, 0.7, 0.4)],
    };

    [Fact]
    public void Every_face_comes_with_its_place_its_score_its_landmarks_and_its_prediction()
    {
        using var reader = new FaceReader(new RedDetector(), new RedPredictor(Eyes));

        PictureResult picture = reader.Read(RedPictures.Named("a.png", 51, 0, 102));

        (picture.Name, picture.Width, picture.Height, picture.Succeeded).Should().Be(("a.png", 60, 20, true));
        picture.Faces.Select(face => face.Face.Box).Should().Equal(new FaceRectangle(0, 0, 20, 20), new FaceRectangle(40, 0, 20, 20));
        picture.Faces.Select(face => face.Prediction!.Valence).Should().Equal(0.2f, 0.4f);
        picture.Faces[1].Face.Score.Should().Be(0.9f);
        picture.Faces[1].Face.Landmarks.Should().Equal(
            new LandmarkPoint(FaceLandmark.LeftEye, 46, 8), new LandmarkPoint(FaceLandmark.RightEye, 54, 8));
    }

    [Fact]
    public void What_decides_which_faces_are_read_changes_the_stamp_and_nothing_else_does()
    {
        byte[] file = DetectorFiles.BlazeFace();
        string stamp = Stamp(file, new());

        Stamp(file, new(), new() { Threads = 3 }).Should().Be(stamp);
        string[] others =
        [
            Stamp(DetectorFiles.BlazeFace(logit: 20), new()),
            Stamp(file, new() { MinimumScore = 0.25f }),
            Stamp(file, new() { SmallestFace = 33 }),
            Stamp(file, new() { Overlap = 0.125f }),
            Stamp(file, new(), new() { MaximumFaces = 1 }),
            Stamp(file, new(), new() { Template = FaceTemplate.Box with { Size = 24 } }),
            new FaceReader(new RedDetector()).Stamp,
        ];
        others.Append(stamp).Should().OnlyHaveUniqueItems();

        static string Stamp(byte[] file, FaceDetectorOptions detection, FaceReaderOptions? options = null)
        {
            using OnnxFaceDetector detector = OnnxFaceDetector.Load(file, detection);
            using FaceReader reader = new(detector, null, options);
            return reader.Stamp;
        }
    }

    [Fact]
    public void A_face_is_cut_out_as_the_model_s_file_says_or_as_the_options_do_in_its_place()
    {
        RedPredictor predictor = new(Eyes);
        using var asModel = new FaceReader(new RedDetector(), predictor);
        using var asOptions = new FaceReader(new RedDetector(), predictor, new() { Template = FaceTemplate.Box with { Size = 24 } });

        asModel.Read(RedPictures.Named("a.png", 51));
        asOptions.Read(RedPictures.Named("a.png", 51));

        predictor.Sizes.Should().Equal((40, 40), (24, 24));
        asModel.Template.Should().Be(Eyes);
    }

    [Fact]
    public void A_model_that_says_nothing_reads_the_box_with_a_margin_and_warns_once()
    {
        using LogBook log = new();
        using var reader = new FaceReader(new RedDetector(), new RedPredictor(), new() { LoggerFactory = log });

        reader.ReadAll(Enumerable.Repeat(RedPictures.Named("a.png", 51), 5)).Should().HaveCount(5);

        reader.Template.Should().Be(FaceTemplate.Box);
        log.Of(301).Should().ContainSingle().Which.Text.Should().Contain("box at 112 pixels, margin 0.25");
    }

    [Theory]
    [InlineData(224, 192, 224)]
    [InlineData(48, 64, 64)]
    [InlineData(8, 8, 16)]
    [InlineData(2000, 8, 1024)]
    public void A_model_that_says_nothing_gets_faces_in_the_size_that_it_looks_at(int width, int height, int size)
    {
        RedPredictor predictor = new() { Input = new() { Width = width, Height = height } };
        using var reader = new FaceReader(new RedDetector(), predictor);

        reader.Read(RedPictures.Named("a.png", 51));

        predictor.Sizes.Should().Equal((size, size));
    }

    [Fact]
    public void Without_a_model_faces_are_found_alone()
    {
        using LogBook log = new();
        using var reader = new FaceReader(new RedDetector(), options: new() { LoggerFactory = log });

        FaceResult face = reader.Read(RedPictures.Named("a.png", 51)).Faces.Single();

        (face.Prediction, face.Error).Should().Be((null, null));
        log.Entries.Should().BeEmpty("there is no model that could say nothing");
    }

    [Fact]
    public async Task One_bad_picture_is_one_failed_result()
    {
        using LogBook log = new();
        using var reader = new FaceReader(new RedDetector(), new RedPredictor(Eyes), new() { LoggerFactory = log });
        FaceImage[] pictures = [RedPictures.Named("a", 51), RedPictures.Broken(), RedPictures.Named("none"), RedPictures.Named("b", 102)];

        IReadOnlyList<PictureResult> all = reader.ReadAll(pictures);
        List<PictureResult> streamed = await reader.ReadAsync(pictures).ToListAsync();

        foreach (IReadOnlyList<PictureResult> results in (IReadOnlyList<PictureResult>[])[all, streamed])
        {
            results.Select(result => (result.Index, result.Name, result.Succeeded, result.Faces.Length)).Should()
                .Equal((0, "a", true, 1), (1, "broken", false, 0), (2, "none", true, 0), (3, "b", true, 1));
            results[1].Error!.Message.Should().Contain("'broken'");
        }

        log.Of(302).Should().HaveCount(2);
        reader.Invoking(r => r.Read(RedPictures.Broken())).Should().Throw<ImageDecodeException>();
    }

    [Fact]
    public void A_face_without_numbers_fails_alone()
    {
        using var reader = new FaceReader(new RedDetector(), new RedPredictor(Eyes));

        FaceResult[] faces = [.. reader.Read(RedPictures.Named("a", 13, 51)).Faces];

        faces[0].Error.Should().BeOfType<NonFiniteOutputException>();
        (faces[0].Prediction, faces[1].Error, faces[1].Prediction!.Valence).Should().Be((null, null, 0.2f));
    }

    [Fact]
    public void The_most_faces_are_the_caller_s()
    {
        using var reader = new FaceReader(new RedDetector(), options: new() { MaximumFaces = 2 });

        reader.Read(RedPictures.Named("a", 1, 2, 3, 4)).Faces.Should().HaveCount(2);
    }

    [Fact]
    public void A_picture_with_a_box_is_looked_at_within_it_alone()
    {
        using var reader = new FaceReader(new RedDetector(), new RedPredictor(Eyes));
        FaceImage picture = FaceImage.FromPixels(RedPictures.Row(51, 102, 153), new FaceBox(20, 0, 20, 20), "a");

        FaceResult face = reader.Read(picture).Faces.Single();

        (face.Face.Box, face.Prediction!.Valence).Should().Be((new FaceRectangle(20, 0, 20, 20), 0.4f));
        face.Face.Landmarks[0].X.Should().Be(26);
        reader.Invoking(r => r.Read(FaceImage.FromPixels(RedPictures.Row(51), new FaceBox(500, 0, 9, 9), "a"))).Should()
            .Throw<ImageDecodeException>().WithMessage("*outside*");
    }

    [Fact]
    public async Task Results_come_in_order_whichever_is_done_first()
    {
        int calls = 0;
        RedDetector slow = new() { OnDetect = () => Thread.Sleep(Interlocked.Increment(ref calls) % 4 == 1 ? 40 : 0) };
        using var reader = new FaceReader(slow, new RedPredictor(Eyes), new() { Threads = 4 });
        FaceImage[] pictures = [.. Enumerable.Range(0, 24).Select(i => RedPictures.Named($"{i}", (byte)(i + 20)))];

        List<PictureResult> results = await reader.ReadAsync(pictures).ToListAsync();

        results.Select(result => result.Name).Should().Equal(pictures.Select(picture => picture.Name));
        results.Select(result => result.Faces[0].Prediction!.Valence).Should()
            .Equal(Enumerable.Range(20, 24).Select(red => (float?)(red / 255f)));
    }

    [Fact]
    public async Task A_camera_s_frame_is_given_out_before_the_next_one_comes()
    {
        using var reader = new FaceReader(new RedDetector(), options: new() { Threads = 4 });
        Channel<FaceImage> camera = Channel.CreateUnbounded<FaceImage>();
        await using IAsyncEnumerator<PictureResult> results = reader.ReadAsync(camera.Reader.ReadAllAsync()).GetAsyncEnumerator();
        for (int i = 0; i < 3; i++)
        {
            await camera.Writer.WriteAsync(RedPictures.Named($"{i}", 9));

            (await results.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60))).Should().BeTrue();
            results.Current.Name.Should().Be($"{i}");
        }

        camera.Writer.Complete();
        (await results.MoveNextAsync()).Should().BeFalse();
    }

    [Fact]
    public async Task No_more_pictures_are_taken_than_are_read()
    {
        int taken = 0;
        using var reader = new FaceReader(new RedDetector(), options: new() { Threads = 3 });
        IEnumerable<FaceImage> Pictures()
        {
            for (int i = 0; i < 100; i++)
            {
                taken++;
                yield return RedPictures.Named($"{i}", 9);
            }
        }

        await foreach (PictureResult result in reader.ReadAsync(Pictures()))
        {
            taken.Should().BeLessThanOrEqualTo(result.Index + 4);
            if (result.Index == 20)
            {
                break;
            }
        }

        taken.Should().BeLessThan(30, "leaving the loop ends the reading");
    }

    [Fact]
    public async Task Cancellation_ends_it()
    {
        using CancellationTokenSource stop = new();
        using var reader = new FaceReader(new RedDetector(), options: new() { Threads = 2 });
        async Task ReadAsync()
        {
            await foreach (PictureResult result in reader.ReadAsync(Enumerable.Range(0, 1000).Select(i => RedPictures.Named($"{i}", 9)),
                stop.Token))
            {
                if (result.Index == 3)
                {
                    await stop.CancelAsync();
                }
            }
        }

        await FluentActions.Awaiting(ReadAsync).Should().ThrowAsync<OperationCanceledException>();
        reader.Invoking(r => r.ReadAll([RedPictures.Named("a", 9)], cancellationToken: stop.Token)).Should()
            .Throw<OperationCanceledException>();
    }

    [Fact]
    public void One_picture_is_cancelled_within_the_search_too()
    {
        using CancellationTokenSource stop = new();
        RedDetector detector = new() { OnDetect = stop.Cancel };
        using var reader = new FaceReader(detector);

        reader.Invoking(r => r.Read(RedPictures.Named("a", 9), stop.Token)).Should().Throw<OperationCanceledException>();
        detector.Token.Should().Be(stop.Token);
        reader.Invoking(r => r.Read(FaceImage.FromPixels(RedPictures.Row(9), new(0, 0, 20, 20)), stop.Token)).Should()
            .Throw<OperationCanceledException>();
    }

    [Fact]
    public void What_a_detector_throws_is_the_caller_s()
    {
        using var reader = new FaceReader(new RedDetector { OnDetect = () => throw new InvalidOperationException("mine") });

        reader.Invoking(r => r.ReadAll([RedPictures.Named("a", 9)])).Should().Throw<InvalidOperationException>().WithMessage("mine");
    }

    [Fact]
    public void A_template_of_landmarks_that_the_detector_does_not_give_is_refused_at_once()
    {
        FluentActions.Invoking(() => new FaceReader(new RedDetector { Landmarks = [] }, new RedPredictor(Eyes))).Should()
            .Throw<ArgumentException>().WithMessage("*'eyes' needs landmarks (LeftEye, RightEye)*gives none*'box'*");
    }

    [Fact]
    public void Options_that_cannot_be_used_are_all_named()
    {
        FaceReaderOptions options = new()
        {
            MaximumFaces = 0,
            Threads = 0,
            Decoder = null!,
            DetectorPath = "",
            Template = FaceTemplate.Box with { Margin = 9 },
            Detection = new() { Threads = 0 },
        };

        FluentActions.Invoking(() => new FaceReader(new RedDetector(), options: options)).Should().Throw<ArgumentException>().Which.Message
            .Should().ContainAll("MaximumFaces is 0", "Threads is 0", "Decoder is null", "DetectorPath is empty", "the margin 9");
    }

    [Fact]
    public void Given_parts_stay_their_owner_s()
    {
        RedDetector detector = new();
        new FaceReader(detector).Dispose();

        detector.Disposals.Should().Be(0);
    }

    [Fact]
    public async Task What_the_pictures_throw_comes_after_the_results_of_those_before()
    {
        RedDetector slow = new() { OnDetect = () => Thread.Sleep(30) };
        using var reader = new FaceReader(slow, options: new() { Threads = 4 });
        static IEnumerable<FaceImage> Pictures()
        {
            yield return RedPictures.Named("0", 9);
            yield return RedPictures.Named("1", 9);
            throw new InvalidDataException("the list is cut");
        }

        List<string> names = [];
        async Task ReadAsync()
        {
            await foreach (PictureResult result in reader.ReadAsync(Pictures()))
            {
                names.Add(result.Name);
            }
        }

        await FluentActions.Awaiting(ReadAsync).Should().ThrowAsync<InvalidDataException>().WithMessage("the list is cut");
        names.Should().Equal("0", "1");
    }

    [Fact]
    public async Task A_source_is_let_go_once_and_nothing_runs_on_when_the_loop_is_left()
    {
        (int running, int disposals) = (0, 0);
        RedDetector detector = new()
        {
            OnDetect = () =>
            {
                Interlocked.Increment(ref running);
                Thread.Sleep(20);
                Interlocked.Decrement(ref running);
            },
        };
        using var reader = new FaceReader(detector, options: new() { Threads = 4 });
        IEnumerable<FaceImage> Pictures()
        {
            try
            {
                for (int i = 0; ; i++)
                {
                    yield return RedPictures.Named($"{i}", 9);
                }
            }
            finally
            {
                disposals++;
            }
        }

        await foreach (PictureResult result in reader.ReadAsync(Pictures()))
        {
            if (result.Index == 5)
            {
                break;
            }
        }

        (running, disposals).Should().Be((0, 1));
    }

    [Fact]
    public void A_face_that_cannot_be_cut_out_fails_alone()
    {
        ListedDetector detector = new(
            Face(new(0, 0, 40, 20), (3, 3), (3, 3)), Face(new(20, 0, 20, 20), (26, 8), (34, 8)),
            Face(new(0, 0, 9, 9), (float.NaN, 3), (4, 4)));
        using var reader = new FaceReader(detector, new RedPredictor(Eyes));

        PictureResult picture = reader.ReadAll([RedPictures.Named("a", 51, 102)]).Single();

        picture.Faces.Select(face => face.Error is null).Should().Equal(false, true, false);
        picture.Faces[0].Error.Should().BeOfType<ArgumentException>();
        picture.Faces[1].Prediction!.Valence.Should().Be(0.4f);
    }

    [Fact]
    public void The_largest_faces_come_first_whatever_the_detector_s_order_is()
    {
        ListedDetector detector = new(
            Face(new(0, 0, 5, 5), (1, 1), (2, 2)), Face(new(0, 0, 20, 20), (1, 1), (2, 2)), Face(new(0, 0, 9, 9), (1, 1), (2, 2)));
        using var reader = new FaceReader(detector, options: new() { MaximumFaces = 2 });

        reader.Read(RedPictures.Named("a", 51)).Faces.Select(face => face.Face.Box.Width).Should().Equal(20, 9);
    }

    [Fact]
    public void A_detector_s_file_beside_a_detector_is_refused()
    {
        FluentActions.Invoking(() => new FaceReader(new RedDetector(), options: new() { DetectorPath = "other.onnx" })).Should()
            .Throw<ArgumentException>().WithMessage("*DetectorPath is 'other.onnx'*Leave one of the two out*");
        FluentActions.Invoking(() => FaceReader.Create(options: new() { DetectorPath = "", MaximumFaces = 0 })).Should()
            .Throw<ArgumentException>().Which.Message.Should().ContainAll("DetectorPath is empty", "MaximumFaces is 0");
    }

    private static DetectedFace Face(FaceRectangle box, (float X, float Y) left, (float X, float Y) right) => new(
        box, [new(FaceLandmark.LeftEye, left.X, left.Y), new(FaceLandmark.RightEye, right.X, right.Y)], 0.9f);
}
