using System.Collections.Immutable;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Metadata;

namespace SsMfar.Tests.Faces;

/// <summary>Crops: where landmarks come to lie, and the filter.</summary>
public sealed class FaceAlignerTests
{
    private static readonly RgbImage Pattern = new(64, 48, TestImages.Pattern(64, 48));

    [Theory]
    [InlineData("arcface5")]
    [InlineData("blazeface6")]
    public void Landmarks_come_to_lie_where_the_template_has_them(string name)
    {
        FaceTemplate template = FaceTemplate.Named(name) with { Size = 96 };
        SimilarityTransform away = new(1.5, 0.7, 30, 40);
        DetectedFace face = Face([.. template.Points.Select(point => Move(away, point, 96))]);

        SimilarityTransform back = FaceAligner.Transform(face, template);

        foreach (LandmarkPoint point in template.Points)
        {
            LandmarkPoint found = face.Landmarks.Single(other => other.Landmark == point.Landmark);
            (double x, double y) = back.Apply(found.X, found.Y);
            (Math.Abs(x - (96 * point.X)) + Math.Abs(y - (96 * point.Y))).Should().BeLessThan(1e-6);
        }
    }

    [Fact]
    public void The_points_of_ArcFace_are_those_of_its_pixel_centres() =>
        FaceTemplate.ArcFace5.Points.Select(point => (Math.Round((112 * point.X) - 0.5, 4), Math.Round((112 * point.Y) - 0.5, 4))).Should()
            .Equal((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041));

    [Fact]
    public void A_face_with_the_middle_of_its_mouth_fits_a_template_of_its_corners_and_the_other_way_round()
    {
        ImmutableArray<FaceLandmark> six = [.. FaceTemplate.BlazeFace6.Points.Select(point => point.Landmark)];
        ImmutableArray<FaceLandmark> five = [.. FaceTemplate.ArcFace5.Points.Select(point => point.Landmark)];
        FaceAligner.CanAlign(FaceTemplate.ArcFace5, six).Should().BeTrue();
        FaceAligner.CanAlign(FaceTemplate.BlazeFace6, five).Should().BeTrue();
        FaceAligner.CanAlign(FaceTemplate.ArcFace5, []).Should().BeFalse();
        FaceAligner.CanAlign(FaceTemplate.Box, []).Should().BeTrue();
        LandmarkPoint[] arc = [.. FaceTemplate.ArcFace5.Points];
        DetectedFace face = Face(
            [arc[0], arc[1], arc[2], new(FaceLandmark.MouthCenter, (arc[3].X + arc[4].X) / 2, (arc[3].Y + arc[4].Y) / 2)]);

        SimilarityTransform transform = FaceAligner.Transform(face, FaceTemplate.ArcFace5);

        transform.Scale.Should().BeApproximately(112, 1e-6,
            "the eyes, the nose and the middle of the mouth are where the template has them");
        transform.Degrees.Should().BeApproximately(0, 1e-6);
        FluentActions.Invoking(() => FaceAligner.Transform(Face([arc[0]]), FaceTemplate.ArcFace5)).Should().Throw<ArgumentException>()
            .WithMessage("*'arcface5' needs landmarks*the face has LeftEye*");
    }

    [Fact]
    public void The_box_is_a_square_around_the_face_with_a_margin()
    {
        FaceTemplate template = FaceTemplate.Box with { Margin = 0.5, Size = 100 };
        DetectedFace face = new(new(20, 30, 40, 50), [], 1);

        SimilarityTransform transform = FaceAligner.Transform(face, template);

        transform.Scale.Should().BeApproximately(1, 1e-12, "50 pixels and half of that on both sides");
        transform.Apply(40, 55).Should().Be((50, 50));
        FluentActions.Invoking(() => FaceAligner.Transform(new(default, [], 1), template)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Nothing_to_do_changes_nothing()
    {
        SimilarityWarp.Apply(Pattern, new(1, 0, 0, 0), 64, 48).Pixels.ToArray().Should().Equal(Pattern.Pixels.ToArray());
        SimilarityWarp.Apply(Pattern, new(1, 0, -8, -4), 40, 40).Pixels.ToArray().Should().Equal(
            Pattern.Resize(new FaceBox(8, 4, 40, 40), 40, 40).Pixels.ToArray());
    }

    [Theory]
    [InlineData(32, 24)]
    [InlineData(20, 15)]
    [InlineData(160, 120)]
    [InlineData(8, 6)]
    public void Without_a_turn_the_filter_is_that_of_resizing(int width, int height)
    {
        RgbImage warped = SimilarityWarp.Apply(Pattern, new(width / 64.0, 0, 0, 0), width, height);

        byte[] resized = Pattern.Resize(width, height).Pixels.ToArray();
        warped.Pixels.ToArray().Zip(resized, (a, b) => Math.Abs(a - b)).Max().Should()
            .BeLessThanOrEqualTo(1, "but for rounding between passes");
    }

    [Fact]
    public void A_quarter_turn_moves_pixels()
    {
        RgbImage turned = SimilarityWarp.Apply(Pattern, new(0, 1, 48, 0), 48, 64);

        for (int y = 0; y < 48; y++)
        {
            for (int x = 0; x < 64; x++)
            {
                turned.At(47 - y, x).Should().Be(Pattern.At(x, y));
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(45)]
    public void Shrinking_does_not_alias(double degrees)
    {
        byte[] board = new byte[3 * 400 * 400];
        for (int i = 0; i < 400 * 400; i++)
        {
            byte value = ((i % 400) + (i / 400)) % 2 == 0 ? (byte)255 : (byte)0;
            (board[3 * i], board[(3 * i) + 1], board[(3 * i) + 2]) = (value, value, value);
        }

        double scale = 1 / 4.3, angle = degrees * Math.PI / 180;
        (double a, double b) = (scale * Math.Cos(angle), scale * Math.Sin(angle));
        SimilarityTransform toCrop = new(a, b, 20 - (a * 200) + (b * 200), 20 - (b * 200) - (a * 200));

        byte[] pixels = SimilarityWarp.Apply(new(400, 400, board), toCrop, 40, 40).Pixels.ToArray();

        pixels.Should().OnlyContain(value => value > 110 && value < 145, "a fine checkerboard is grey from afar");
    }

    [Fact]
    public void Beyond_the_picture_its_edge_repeats()
    {
        RgbImage warped = SimilarityWarp.Apply(new(2, 1, new byte[] { 10, 20, 30, 200, 210, 220 }), new(1, 0, 3, 3), 8, 7);

        (warped.At(0, 0), warped.At(0, 6), warped.At(7, 3)).Should().Be(((10, 20, 30), (10, 20, 30), (200, 210, 220)));
    }

    [Fact]
    public void The_face_that_is_meant_is_the_largest_near_the_centre()
    {
        DetectedFace corner = new(new(0, 0, 110, 110), [], 1), middle = new(new(250, 200, 100, 100), [], 1),
            small = new(new(300, 230, 30, 30), [], 1);

        FaceAligner.MainFace([corner, middle, small], 640, 480).Should().BeSameAs(middle);
        FaceAligner.MainFace([small, new(new(0, 0, 30, 30), [], 1)], 640, 480).Should().BeSameAs(small);
        FaceAligner.MainFace([], 640, 480).Should().BeNull();
    }

    private static LandmarkPoint Move(SimilarityTransform transform, LandmarkPoint point, double size)
    {
        (double x, double y) = transform.Apply(size * point.X, size * point.Y);
        return point with { X = x, Y = y };
    }

    private static DetectedFace Face(ImmutableArray<LandmarkPoint> points) => new(new(0, 0, 10, 10), points, 1);
}
