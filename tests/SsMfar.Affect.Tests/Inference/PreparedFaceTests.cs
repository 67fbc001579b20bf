using SsMfar.Imaging;
using SsMfar.Inference;

namespace SsMfar.Tests.Inference;

/// <summary>Faces that are decoded before they are predicted.</summary>
public sealed class PreparedFaceTests
{
    private static readonly FaceBox Box = new(20, 10, 30, 40);

    [Fact]
    public void A_prepared_face_is_read_as_the_face_itself()
    {
        byte[] picture = TestImages.Jpeg(90, 70);
        FakeNetwork network = new();
        using PredictionEngine engine = new(network);

        foreach (FaceBox? box in new FaceBox?[] { null, Box })
        {
            engine.Predict(FaceImage.FromBytes(picture, box));
            byte[] expected = network.LastPixels;
            using MemoryStream stream = new(picture);

            FaceImage prepared = FaceImage.FromStream(stream, box, "visitor").Prepare(engine.Metadata);
            engine.Predict(prepared);

            network.LastPixels.Should().Equal(expected);
            (prepared.Name, prepared.Face).Should().Be(("visitor", null));
            stream.Position.Should().Be(picture.Length);
        }
    }

    [Fact]
    public void What_cannot_be_read_or_is_too_large_for_the_decoder_is_an_error_then()
    {
        using PredictionEngine engine = new(new FakeNetwork());
        FaceImage large = FaceImage.FromBytes(TestImages.Jpeg(90, 70), name: "large");

        FluentActions.Invoking(() => FakeFaces.Broken().Prepare(engine.Metadata)).Should().Throw<ImageDecodeException>();
        large.Invoking(face => face.Prepare(engine.Metadata, new() { MaximumPixels = 1000 })).Should()
            .Throw<ImageDecodeException>().WithMessage("*large*90x70 pixels*");
    }
}
