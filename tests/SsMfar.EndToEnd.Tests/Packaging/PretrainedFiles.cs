namespace SsMfar.Tests.Packaging;

/// <summary>What SsMfar.Pretrained brings, as its source has it.</summary>
internal static class PretrainedFiles
{
    /// <summary>Of tools/DnnImageModels/ResNet18Onnx/ResNet18.onnx in Microsoft.ML.DnnImageFeaturizer.ResNet18 0.23.1.</summary>
    public const string Sha256 = "e2552f19db2dfdb01b3669537b6a0f1b44da38d18279535492ed5dfc2ef1ff8f";

    public static readonly string[] Packed = ["weights/imagenet-resnet18.onnx", "weights/LICENSE", "weights/THIRD-PARTY-NOTICES.TXT"];
}
