using SsMfar.Export;
using SsMfar.Tests.Models;
using TorchSharp;

namespace SsMfar.Tests.Export;

/// <summary>A batch's values are looked at in chunks, as they may be more than a span holds.</summary>
public sealed class CalibrationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(1000)]
    public void Chunks_give_what_the_whole_gives(int chunk)
    {
        // In another order in memory than its own; the second half is larger, so that the range grows on the way.
        torch.Tensor value = Build.Images(2, 8).permute(0, 2, 3, 1);
        torch.Tensor larger = torch.cat([value, value.mul(value).mul(value)]);
        ActivationRange whole = new(), parts = new();

        whole.Add(Build.Values(larger)).Should().BeTrue();
        Calibration.Add(parts, larger.permute(0, 3, 1, 2), chunk).Should().BeTrue();

        (parts.Least, parts.Greatest).Should().Be((whole.Least, whole.Greatest));
        parts.Counts().Should().Equal(whole.Counts());
        parts.Counts().Sum(step => step.Count).Should().Be(larger.numel());
    }

    [Fact]
    public void A_number_that_is_not_finite_is_found_in_any_chunk()
    {
        torch.Tensor value = torch.tensor([1f, 2f, 3f, 4f, float.NaN]);

        Calibration.Add(new(), value, chunk: 2).Should().BeFalse();
        Calibration.Add(new(), value).Should().BeFalse();
        Calibration.Add(new(), value.narrow(0, 0, 4), chunk: 2).Should().BeTrue();
    }
}
