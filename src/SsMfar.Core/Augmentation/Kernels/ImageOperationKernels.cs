namespace SsMfar.Augmentation;

/// <summary>RandAugment's operations on one image of whole numbers, to <see cref="ImageOperations"/>' pixels.</summary>
internal static class ImageOperationKernels
{
    /// <summary>Changes an image.</summary>
    /// <param name="image">Its pixels are bytes.</param>
    /// <param name="drawn">What is done.</param>
    public static void Apply(WorkingImage image, RandAugmentDraw drawn)
    {
        switch (drawn.Operation)
        {
            case ImageOperation.Identity:
                break;
            case ImageOperation.AutoContrast:
                TableKernels.AutoContrast(image);
                break;
            case ImageOperation.Equalize:
                TableKernels.Equalize(image);
                break;
            case ImageOperation.Brightness:
                BlendKernels.Brightness(image, drawn.Magnitude);
                break;
            case ImageOperation.Color:
                BlendKernels.Color(image, drawn.Magnitude);
                break;
            case ImageOperation.Contrast:
                BlendKernels.Contrast(image, drawn.Magnitude);
                break;
            case ImageOperation.Sharpness:
                SharpnessKernel.Apply(image, drawn.Magnitude);
                break;
            case ImageOperation.Posterize:
                BitKernels.Posterize(image, drawn.PosterizeStep);
                break;
            case ImageOperation.Solarize:
                BitKernels.Solarize(image, drawn.Magnitude);
                break;
            default:
                MoveKernel.Apply(image, drawn.Move(image.Height, image.Width) ?? AffineMap.Identity);
                break;
        }
    }
}
