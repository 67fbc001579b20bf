using CsCheck;
using SsMfar.Faces;
using SsMfar.Imaging;

namespace SsMfar.Tests.Faces;

/// <summary>Views, the way of pixels into a network, and findings that are one face.</summary>
public sealed class SearchTests
{
    private static readonly DetectorLayout Back = DetectorLayout.Of(new(
        [new("input", [1, 256, 256, 3])], [new("s", [1, 896, 1]), new("b", [1, 896, 16])]))!;

    [Fact]
    public void Every_face_from_the_size_asked_for_lies_whole_and_large_enough_in_a_view() =>
        Gen.Select(Gen.Int[60, 3000], Gen.Int[60, 3000], Gen.Int[16, 400], Gen.Double[1, 8], Gen.Double[0, 1], Gen.Double[0, 1]).Sample(
            (width, height, smallest, times, x, y) =>
            {
                double face = Math.Min(smallest * times, Math.Min(width, height));
                if (face < smallest)
                {
                    return true;
                }

                FaceRectangle at = new((float)(x * (width - face)), (float)(y * (height - face)), (float)face, (float)face);
                DetectorView[] views = [.. DetectorView.Of(width, height, Back, smallest)];
                return views.Length < 2000 && views.Any(view => face / view.Scale >= 0.85 * Back.SmallestFace
                    && !view.CutsOff(at, width, height, Back) && at.X >= view.Left - 1 && at.Y >= view.Top - 1
                    && at.X + face <= view.Left + (256 * view.Scale) + 1 && at.Y + face <= view.Top + (256 * view.Scale) + 1);
            }, iter: 20000);

    [Fact]
    public void A_picture_that_fits_is_looked_at_once() =>
        DetectorView.Of(640, 480, Back, 60).Should().ContainSingle().Which.Should().Be(new DetectorView(0, -80, 2.5));

    [Theory]
    [InlineData(65_535, 1, 0)]
    [InlineData(7, 4000, 0)]
    [InlineData(4000, 9, 8)]
    [InlineData(8, 4000, 8)]
    [InlineData(900, 50, 20)]
    public void A_thin_picture_is_not_searched_for_faces_that_are_none(int width, int height, int smallest)
    {
        int runs = 0;
        float[] scores = new float[896], boxes = new float[896 * 16];
        Array.Fill(scores, -10);
        using FaceSearch search = new(new(width, height, new byte[3 * width * height]), Back, _ =>
        {
            runs++;
            return [scores, boxes];
        });

        search.Run(0.5f, 48, 0.3f, default).Should().BeEmpty();

        runs.Should().Be(smallest == 0 ? 0 : DetectorView.Of(width, height, Back, smallest).Count() + 1, "the last steps back");
    }

    [Fact]
    public void The_number_of_views_has_an_end()
    {
        DetectorView.Of(9400, 9400, Back, 8).Count().Should().BeGreaterThan(10_000);
        DetectorView.Bounded(9400, 9400, Back, 8).Length.Should().BeInRange(1000, DetectorView.Most);
        DetectorView.Bounded(65_535, 8, Back, 8).Length.Should().BeLessThan(DetectorView.Most);
        DetectorView.Bounded(4000, 3000, Back, 48).Should().Equal(DetectorView.Of(4000, 3000, Back, 48));
    }

    [Fact]
    public void Pixels_come_into_the_network_in_its_order_and_scale()
    {
        byte[] pixels = [255, 0, 127, 10, 20, 30];
        float[] input = new float[6];

        Back.Fill(pixels, input);
        input.Should().Equal(1f, -1f, (127 - 127.5f) / 127.5f, (10 - 127.5f) / 127.5f, (20 - 127.5f) / 127.5f, (30 - 127.5f) / 127.5f);
        Layout(DetectorFiles.YuNet(64, 64, 1)).Fill(pixels, input);
        input.Should().Equal(127, 30, 0, 20, 255, 10);
        Layout(DetectorFiles.Scrfd(64, 64, 1, [8, 16, 32], 2)).Fill(pixels, input);
        input.Should().Equal(new float[] { 255, 10, 0, 20, 127, 30 }.Select(value => (value - 127.5f) / 128f));
    }

    [Fact]
    public void A_view_maps_its_pixels_onto_the_picture_s_and_is_black_beside_it()
    {
        byte[] pixels = new byte[3 * 400 * 200];
        Array.Fill(pixels, (byte)200);
        byte[] canvas = new byte[3 * 256 * 256], scratch = new byte[3 * 256 * 256];
        DetectorView view = DetectorView.Whole(400, 200, Back, 1);

        PixelMapping mapping = view.Paint(new(400, 200, pixels), Back, canvas, scratch);

        int[] rows = [.. Enumerable.Range(0, 256).Where(row => canvas[3 * row * 256] == 200)];
        rows.Should().Equal(Enumerable.Range(64, 128));
        FaceCandidate face = mapping.Apply(new(new(0, 64, 256, 128), [128, 128], 1), 0);
        face.Box.Should().Be(new FaceRectangle(0, 0, 400, 200));
        face.Points.Should().Equal(200, 100);
    }

    [Fact]
    public void Findings_of_one_face_become_one_averaged_by_their_scores_where_the_family_does_so()
    {
        List<FaceCandidate> All() =>
        [
            new(new(0, 0, 100, 100), [10, 10], 0.6f), new(new(30, 0, 100, 100), [40, 20], 0.9f), new(new(400, 0, 100, 100), [1, 1], 0.7f),
        ];

        List<FaceCandidate> blended = FaceSuppression.Apply(All(), 0.3f, blends: true);
        blended.Select(face => face.Score).Should().Equal(0.9f, 0.7f);
        blended[0].Box.X.Should().BeApproximately(30 * 0.9f / 1.5f, 1e-4f);
        blended[0].Points[0].Should().BeApproximately(((0.6f * 10) + (0.9f * 40)) / 1.5f, 1e-4f);
        FaceSuppression.Apply(All(), 0.3f, blends: false)[0].Box.X.Should().Be(30);
        FaceSuppression.Apply(All(), 0.7f, blends: false).Should().HaveCount(3, "their intersection is half of their union");
    }

    [Fact]
    public void A_part_of_a_face_is_no_second_one_and_other_views_are_not_averaged()
    {
        List<FaceCandidate> faces = FaceSuppression.Apply(
            [new(new(0, 0, 100, 100), [], 0.9f, 0), new(new(10, 10, 40, 40), [], 0.8f, 0), new(new(4, 0, 100, 100), [], 0.8f, 1)],
            0.3f, blends: true);

        faces.Should().ContainSingle().Which.Box.Should().Be(new FaceRectangle(0, 0, 100, 100));
    }

    [Fact]
    public void A_face_that_a_view_cuts_off_is_left_to_its_neighbour_but_not_at_the_picture_s_edge()
    {
        DetectorView right = new(100, 0, 1);
        right.CutsOff(new(99, 50, 40, 40), 356, 256, Back).Should().BeTrue();
        right.CutsOff(new(330, 50, 40, 40), 356, 256, Back).Should().BeFalse("that is the picture's own edge");
        right.CutsOff(new(150, 50, 40, 40), 356, 256, Back).Should().BeFalse();
        new DetectorView(0, 0, 1).CutsOff(new(230, 50, 40, 40), 356, 256, Back).Should().BeTrue();
    }

    [Fact]
    public void Rectangles_know_their_overlap_and_the_box_of_whole_pixels()
    {
        new FaceRectangle(0, 0, 10, 10).IntersectionOverUnion(new(5, 0, 10, 10)).Should().BeApproximately(1 / 3f, 1e-6f);
        new FaceRectangle(0, 0, 10, 10).IntersectionOverUnion(new(20, 0, 10, 10)).Should().Be(0);
        new FaceRectangle(1.6f, 2.4f, 10, 0.2f).ToFaceBox().Should().Be(new FaceBox(2, 2, 10, 1));
        FaceRectangle.FromFaceBox(new(1, 2, 3, 4)).Should().Be(new FaceRectangle(1, 2, 3, 4));
    }

    private static DetectorLayout Layout(byte[] file)
    {
        using OnnxFaceDetector detector = OnnxFaceDetector.Load(file);
        return detector.Layout;
    }
}
