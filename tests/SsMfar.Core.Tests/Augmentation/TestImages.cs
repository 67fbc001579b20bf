using SsMfar.Augmentation;
using TorchSharp;

namespace SsMfar.Tests.Augmentation;

internal static class TestImages
{
    /// <summary>The picture of Golden/pil-operations.json: [1, 3, n, n].</summary>
    public static torch.Tensor Formula(int size, string device = "cpu")
    {
        var values = new float[3 * size * size];
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
            {
                int at = (y * size) + x;
                values[at] = 40 + (((37 * x) + (91 * y) + (11 * x * y)) % 160);
                values[(size * size) + at] = ((53 * x * x) + (29 * y) + 7) % 256;
                values[(2 * size * size) + at] = 200 - (((5 * x * y) + (13 * y)) % 180);
            }
        }

        return torch.tensor(values, [1, 3, size, size]).to(device);
    }

    /// <summary>Random whole numbers 0..255 as the image cache gives them: NHWC bytes, permuted, made float32.</summary>
    public static torch.Tensor Random(int rows, int height, int width, string device = "cpu", int seed = 1)
    {
        using torch.Generator generator = new((ulong)seed);
        using torch.Tensor bytes = torch.randint(0, 256, [rows, height, width, 3], dtype: torch.ScalarType.Byte, generator: generator);
        return bytes.permute(0, 3, 1, 2).to(torch.float32).to(device);
    }

    public static float[] Values(torch.Tensor tensor) => tensor.cpu().contiguous().data<float>().ToArray();

    public static bool AreEqual(torch.Tensor a, torch.Tensor b) => a.shape.SequenceEqual(b.shape) && a.eq(b).all().item<bool>();

    public static IReadOnlyList<(string Name, IAugmentation Augmentation)> AllViews { get; } =
    [
        ("weak paper", new WeakAugmentation(WeakAugmentationOptions.Paper)),
        ("weak published", new WeakAugmentation()),
        ("weak recommended", new RichWeakAugmentation()),
        ("RandAugment published", new RandAugment()),
        ("RandAugment torchvision", new RandAugment(new() { Space = RandAugmentSpace.Torchvision })),
        ("cutout", new Cutout()),
        ("erasing", new RandomErasing()),
        ("strong paper", new StrongAugmentation(StrongAugmentationOptions.Paper)),
        ("strong published", new StrongAugmentation()),
        ("strong recommended", new StrongAugmentation(StrongAugmentationOptions.Recommended)),
    ];
}
