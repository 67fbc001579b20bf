using SsMfar.Data;
using SsMfar.Tests.Training;
using TorchSharp;

namespace SsMfar.Tests.Data;

/// <summary>Images on every device, kept there or copied batch by batch.</summary>
public sealed class ImageCacheTests
{
    private static readonly int[] Rows = [4, 9, 4, 0, 11];

    public static TheoryData<string, bool> DevicesAndPlaces => PresentDevices.With([true, false]);

    [Theory]
    [MemberData(nameof(DevicesAndPlaces))]
    public void Gathered_images_are_the_decoded_ones_wherever_they_are_kept(string device, bool resident)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageCache cache = Build(budget: resident ? null : 0);
        torch.Device where = torch.device(device);
        cache.ToDevice(where).Should().Be(resident);

        torch.Tensor images = cache.GatherTensor(Rows, where);

        images.device_type.Should().Be(where.type);
        images.dtype.Should().Be(torch.ScalarType.Byte);
        images.shape.Should().Equal(Rows.Length, 3, cache.Height, cache.Width);
        byte[] expected = [.. Rows.SelectMany(row => cache.Image(row).ToArray())];
        images.permute(0, 2, 3, 1).contiguous().to(torch.CPU).bytes.ToArray().Should().Equal(expected);
        cache.GatherTensor([], where).shape.Should().Equal(0, 3, cache.Height, cache.Width);
    }

    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public void Batches_of_a_kept_set_leave_nothing_behind(string device)
    {
        using ImageCache cache = Build(budget: null);
        torch.Device where = torch.device(device);
        cache.ToDevice(where);
        cache.GatherTensor(Rows, where).Dispose();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        cache.GatherTensor(Rows, where).Dispose();
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
    }

    private static ImageCache Build(long? budget)
    {
        using var source = new TinyFaces.Images();
        return ImageCache.Build(
            source,
            [.. TinyFaces.Annotations(12).Select(row => row.Image)],
            new ImageCacheOptions { Width = 20, Height = 18, DeviceMemoryBudget = budget });
    }
}
