using SsMfar.Imaging;

namespace SsMfar.Tests.Imaging;

public sealed class ImagePreprocessingTests
{
    [Theory]
    [InlineData(ChannelOrder.Rgb)]
    [InlineData(ChannelOrder.Bgr)]
    public void Planes_follow_the_channel_order_and_colours_keep_their_mean(ChannelOrder order)
    {
        ImagePreprocessing preprocessing = new() { Width = 5, Height = 3, ChannelOrder = order };
        byte[] pixels = TestImages.Pattern(5, 3);
        float[] input = new float[45];

        preprocessing.Normalize(pixels, input);

        float[] mean = [0.485f, 0.456f, 0.406f], deviation = [0.229f, 0.224f, 0.225f];
        for (int colour = 0; colour < 3; colour++)
        {
            int plane = order == ChannelOrder.Rgb ? colour : 2 - colour;
            for (int i = 0; i < 15; i++)
            {
                input[plane * 15 + i].Should().Be((pixels[3 * i + colour] / 255f - mean[colour]) / deviation[colour]);
            }
        }
    }

    [Fact]
    public void Faults_are_named()
    {
        new ImagePreprocessing().Invoking(p => p.Validate()).Should().NotThrow();
        new ImagePreprocessing { Width = 0 }.Invoking(p => p.Validate()).Should().Throw<ArgumentException>().WithMessage("*0x112*");
        new ImagePreprocessing { ResizeFilter = "nearest" }.Invoking(p => p.Validate()).Should().Throw<ArgumentException>()
            .WithMessage($"*nearest*{ImageResizer.FilterName}*");
        new ImagePreprocessing { StandardDeviation = new(1, 0, 1) }.Invoking(p => p.Validate()).Should().Throw<ArgumentException>();
        new ImagePreprocessing().Invoking(p => p.Normalize(new byte[3], new float[3])).Should().Throw<ArgumentException>()
            .WithMessage("*112x112*");
        new ImagePreprocessing().Should().Be(new ImagePreprocessing());
    }
}
